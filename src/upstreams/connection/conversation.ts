/** @module upstreams/connection/conversation: requests and their answers on one connection: exactly one answer for each id, whatever the upstream sends. */
import type { LogLevel, StreamPart } from '../../contracts/call.ts';
import type { UpstreamEvent, UpstreamListener } from '../../contracts/upstream.ts';
import { META } from '../../contracts/mcp.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import { asBegun, errorOfUpstream } from './failures.ts';
import { type Incoming, MODERN_META, type OwnId, readIncoming, withoutEnvelope } from './protocol.ts';
import { followTask, isRemoteTask } from './remote-task.ts';
import { answerQuestion, askRound, MAX_ROUNDS } from './questions.ts';
import { readPart } from './parts.ts';
import type { Inbox, Waiting, Wire } from './wire.ts';

interface Entry extends Waiting {
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (failure: unknown) => void;
  readonly stopListening: () => void;
}

const CHANGES: Readonly<Record<string, UpstreamEvent>> = {
  'notifications/tools/list_changed': { type: 'tools_changed' },
  'notifications/resources/list_changed': { type: 'resources_changed' },
  'notifications/prompts/list_changed': { type: 'prompts_changed' },
};
/** Parts of one call that may wait for a client that does not read. */
const MAX_UNSENT_PARTS = 64;
const NO_SUCH_METHOD = -32_601;

/** One connection's messages. The wire is handed in afterwards, because it reports here. */
export class Conversation implements Inbox {
  /** Messages that belong to nothing: unknown ids, second answers, answers after cancelling. */
  strays = 0;
  /** Modern requests carry who we are and what we can. */
  isModern = false;
  readonly #entries = new Map<OwnId, Entry>();
  readonly #onEvent: (event: UpstreamEvent) => void;
  #wire: Wire | undefined;
  #lastId = 0;
  #end: AppError | undefined;

  constructor(onEvent: (event: UpstreamEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Everything is sent here from now on. */
  use(wire: Wire): void {
    this.#wire = wire;
  }

  /** Whether the answer to it has not come yet. */
  isWaiting({ id }: Waiting): boolean {
    return this.#entries.has(id);
  }

  get pending(): number {
    return this.#entries.size;
  }

  /** Why nothing goes through any more. */
  get ended(): AppError | undefined {
    return this.#end;
  }

  /** As UpstreamConnection.request: also answers the questions that a modern result asks. */
  async request(method: string, params: JsonObject, scope: Scope, listener?: UpstreamListener): Promise<JsonObject> {
    let result = await this.once(method, params, scope, listener);
    for (let round = 1; result['resultType'] === 'input_required'; round += 1) {
      if (round > MAX_ROUNDS) throw new AppError('UPSTREAM_INVALID', { message: `The upstream asked more than ${MAX_ROUNDS} times.` });
      const answers = await scope.race(askRound(result, round, listener));
      result = await this.once(method, { ...params, ...answers }, scope, listener);
    }
    return withoutEnvelope(this.isModern && isRemoteTask(result) ? await this.#followed(result, scope, listener) : result);
  }

  /** See UpstreamConnection.follow. */
  async follow(taskId: string, scope: Scope, listener?: UpstreamListener): Promise<JsonObject> {
    return withoutEnvelope(await this.#followed({ taskId, status: 'working' }, scope, listener));
  }

  /** One request, one answer, as it came. */
  once(method: string, params: JsonObject, scope: Scope, listener?: UpstreamListener): Promise<JsonObject> {
    return new Promise((resolve, reject) => {
      const failure = this.#end ?? scope.reason;
      if (failure || !this.#wire) return reject(failure ?? new AppError('UPSTREAM_GONE'));
      const id = (this.#lastId += 1);
      const entry: Entry = {
        id,
        method,
        params,
        listener,
        questions: 0,
        unsentParts: 0,
        onSettled: undefined,
        resolve,
        reject,
        stopListening: scope.onCancel((reason) => this.#abandon(id, reason)),
      };
      this.#entries.set(id, entry);
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: this.#meta(id, params, listener?.logLevel) } });
      return this.#wire.send(entry, text);
    });
  }

  #followed(task: JsonObject, scope: Scope, listener: UpstreamListener | undefined): Promise<JsonObject> {
    return followTask((method, params, asking) => this.once(method, params, asking), task, scope, listener);
  }

  notify(method: string, params?: JsonObject): void {
    this.#wire?.tell(JSON.stringify({ jsonrpc: '2.0', method, params: this.isModern ? { ...params, _meta: MODERN_META } : params }));
  }

  receive(value: unknown, from?: Waiting): boolean {
    const message = readIncoming(value);
    if (!message) this.strays += 1;
    else if (message.kind === 'request') this.#onQuestion(message, from);
    else if (message.kind === 'notification') this.#onNotification(message.method, message.params, from);
    else this.#onAnswer(message, from);
    return message !== undefined;
  }

  fail(waiting: Waiting, failure: AppError): void {
    this.#take(waiting.id)?.reject(failure);
  }

  end(failure: AppError): void {
    const toSent = asBegun(failure);
    for (const id of [...this.#entries.keys()]) this.#take(id)?.reject(toSent);
    this.#close(failure, {});
  }

  retire(failure: AppError): void {
    this.#close(failure, { isForgotten: true });
  }

  #close(failure: AppError, how: { readonly isForgotten?: true }): void {
    if (this.#end) return;
    this.#end = failure;
    this.#onEvent({ type: 'closed', reason: failure.message, ...how });
  }

  /** The only call that waits, or undefined: what comes on a shared stream cannot be told apart otherwise. What the gateway asks for itself has no listener. */
  get only(): Waiting | undefined {
    const calls = [...this.#entries.values()].filter(({ listener }) => listener !== undefined);
    return calls.length === 1 ? calls[0] : undefined;
  }

  /** An answer was too large to be read. @param owner the request it belongs to; undefined = nobody can tell, so every one fails */
  failTooLarge(maxBytes: number, owner?: OwnId): void {
    const failure = new AppError('RESPONSE_TOO_LARGE', { message: `The upstream sent a message of more than ${maxBytes} bytes.` });
    for (const id of owner === undefined ? [...this.#entries.keys()] : [owner]) this.#take(id)?.reject(failure);
  }

  #meta(id: OwnId, { _meta: own }: JsonObject, logLevel: LogLevel | undefined): JsonObject {
    const level = this.isModern && logLevel !== undefined ? { [META.logLevel]: logLevel } : undefined;
    return { ...(isObject(own) ? own : undefined), ...(this.isModern ? MODERN_META : undefined), ...level, progressToken: id };
  }

  #take(id: unknown): Entry | undefined {
    const entry = typeof id === 'number' ? this.#entries.get(id) : undefined;
    if (!entry) return undefined;
    this.#entries.delete(entry.id);
    entry.stopListening();
    entry.onSettled?.();
    return entry;
  }

  #abandon(id: OwnId, reason: AppError): void {
    // Called while the entry is still being made when the scope was cancelled before: then there is nothing to tell.
    const entry = this.#take(id);
    if (!entry) return;
    entry.reject(reason);
    this.#wire?.abandon(entry, reason);
  }

  #onAnswer(message: Extract<Incoming, { readonly kind: 'result' | 'error' }>, from: Waiting | undefined): void {
    // A stream of one request carries no answers to others. An error without an id belongs to the stream.
    const isOfStream = from !== undefined && message.kind === 'error' && (message.id === null || message.id === undefined);
    const id = isOfStream ? from.id : message.id;
    const entry = from === undefined || from.id === id ? this.#take(id) : undefined;
    if (!entry) this.strays += 1;
    else if (message.kind === 'result') entry.resolve(message.result);
    else entry.reject(errorOfUpstream(message.error));
  }

  #onNotification(method: string, params: JsonObject, from: Waiting | undefined): void {
    const change = CHANGES[method];
    if (change) this.#onEvent(change);
    else if (method === 'notifications/resources/updated' && typeof params['uri'] === 'string') this.#onEvent({ type: 'resource_updated', uri: params['uri'] });
    else this.#emit(readPart(method, params), this.#ownerOf(method, params, from));
  }

  /**
   * Not waited for: the pipe is shared, and a slow client must not hold the others. What a client does not take is
   * dropped: progress and logs are worth no memory without end. A part that may not be sent
   * (the kill switch was set meanwhile) ends the call.
   */
  #emit(part: StreamPart | undefined, owner: Waiting | undefined): void {
    const emit = owner?.listener?.emit;
    if (!part || !owner || !emit || owner.unsentParts >= MAX_UNSENT_PARTS) return;
    const stop = (failure: unknown): void => this.#stop(owner, failure);
    try {
      const sent = emit(part);
      if (!(sent instanceof Promise)) return;
      owner.unsentParts += 1;
      sent.catch(stop).finally(() => {
        owner.unsentParts -= 1;
      });
    } catch (failure) {
      stop(failure);
    }
  }

  #stop({ id }: Waiting, failure: unknown): void {
    const entry = this.#take(id);
    if (!entry) return;
    entry.reject(failure);
    this.#wire?.abandon(entry, toAppError(failure, 'CANCELLED'));
  }

  /** Progress names its request by the token; logs on a shared pipe name none. */
  #ownerOf(method: string, params: JsonObject, from: Waiting | undefined): Waiting | undefined {
    if (method !== 'notifications/progress') return from ? this.#entries.get(from.id) : this.only;
    const { progressToken: token } = params;
    const entry = typeof token === 'number' ? this.#entries.get(token) : undefined;
    if (!entry || (from && from.id !== entry.id)) {
      this.strays += 1;
      return undefined;
    }
    return entry;
  }

  #onQuestion({ id, method, params }: Extract<Incoming, { readonly kind: 'request' }>, from: Waiting | undefined): void {
    const answer = (members: JsonObject): void => this.#wire?.tell(JSON.stringify({ jsonrpc: '2.0', id, ...members }));
    if (method === 'ping') {
      answer({ result: {} });
      return;
    }
    const owner = from ? this.#entries.get(from.id) : this.only;
    answerQuestion(method, params, owner).then(answer, (failure: unknown) => {
      answer({ error: { code: NO_SUCH_METHOD, message: AppError.is(failure) ? failure.message : 'The client cannot answer.' } });
      // What is no error is the way of a client that is asked by ending the call, which starts again with the answers.
      if (owner && !AppError.is(failure)) this.#stop(owner, failure);
    });
  }
}
