/** @module calls/call: one call under way. */
import { uuidV7 } from '../core/ids.ts';
import { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import { Scope } from '../core/scope.ts';
import type { AuditEvent } from '../contracts/audit.ts';
import type { InputRequests, InputResponses } from '../contracts/ask.ts';
import type { Admission, Answer, CallContext, CallTask, LogLevel, Request, StreamPart, Trace } from '../contracts/call.ts';
import type { Reservation } from '../contracts/limits.ts';
import type { ClientContext, Principal } from '../contracts/principal.ts';
import type { Spend } from '../contracts/spend.ts';
import type { Target } from '../contracts/target.ts';
import type { Generation } from './ports.ts';
import { redactInput } from './prepare.ts';

/** What a running call needs of its runner: the way to start children, and the check of each part. */
export interface CallHost {
  runChild(request: Request, parent: Call): Promise<Answer>;
  /** @throws AppError when the call may not go on (kill switch, expired credential) */
  recheck(call: Call): void;
}

/** State of one call on the road, and the context its target sees. */
export class Call implements CallContext {
  readonly callId: string;
  readonly parentId: string | undefined;
  readonly request: Request;
  readonly generation: Generation;
  /** Replaced only while nothing of the target runs yet. */
  scope: Scope;
  /** Place among those that run. */
  place = -1;
  /** Epoch milliseconds of its start. */
  readonly at: number;
  readonly startedAt: number = performance.now();
  target: Target | undefined;
  input: unknown;
  reservation: Reservation | undefined;
  /** Rule that decided about it; `none` until one has. */
  rule = 'none';
  isDenied = false;
  /** What the target told last. */
  spent: Spend | undefined;
  /** What the target noted for the outcome record. */
  noted: AuditEvent['detail'];
  readonly #host: CallHost;
  readonly #around: Scope;
  /** Calls that it has begun and that have not ended. */
  #children: Set<Call> | undefined;
  #audited: { readonly from: unknown; readonly input: unknown } | undefined;

  constructor(host: CallHost, request: Request, generation: Generation, at: number, root: Scope, parent: Call | undefined) {
    this.#host = host;
    this.callId = uuidV7(at);
    this.parentId = parent?.callId;
    this.request = request;
    this.generation = generation;
    this.at = at;
    this.input = request.input;
    this.target = generation.catalog.resolve(request.target.kind, request.target.name, request.profile);
    this.#around = parent?.scope ?? root;
    this.scope = this.#begin(this.#timeoutMs());
  }

  /** Milliseconds for the target, as it and the configuration say. */
  #timeoutMs(): number {
    const { timeoutMs = this.generation.callTimeoutMs, taskTimeoutMs = timeoutMs } = this.target?.traits ?? {};
    return this.request.task ? taskTimeoutMs : timeoutMs;
  }

  #begin(timeoutMs: number): Scope {
    return new Scope({ parent: this.#around, signal: this.request.signal, timeoutMs: Math.min(timeoutMs, this.request.timeoutMs ?? Infinity) });
  }

  /** Gives the call this many milliseconds from now, or what its target has. The caller's own deadline and its cancellation stay. */
  restartClock(timeoutMs: number = this.#timeoutMs()): void {
    this.scope.throwIfCancelled();
    this.scope.end();
    this.scope = this.#begin(timeoutMs);
  }

  /** A call that it begins; the returned function says that it has ended. */
  adopt(child: Call): () => void {
    const children = (this.#children ??= new Set());
    children.add(child);
    return () => void children.delete(child);
  }

  /** What it began and has not waited for ends with it: nobody else would end that. */
  endChildren(): void {
    for (const child of this.#children ?? []) child.scope.cancel(new AppError('CANCELLED', { message: 'The call that began this one has ended.' }));
  }

  /** The input as audit may see it: the same object for intent and outcome. */
  get auditInput(): unknown {
    if (!this.target) return this.input;
    if (!this.#audited || this.#audited.from !== this.input) this.#audited = { from: this.input, input: redactInput(this.target, this.input) };
    return this.#audited.input;
  }

  get principal(): Principal {
    return this.request.admission.principal;
  }

  get admission(): Admission {
    return this.request.admission;
  }

  get client(): ClientContext | undefined {
    return this.request.client;
  }

  get profile(): string | undefined {
    return this.request.profile;
  }

  get logLevel(): LogLevel | undefined {
    return this.request.logLevel;
  }

  get task(): CallTask | undefined {
    return this.request.task;
  }

  get trace(): Trace {
    return this.request.trace;
  }

  emit(part: StreamPart): MaybePromise<void> {
    if (this.scope.reason) return undefined;
    this.#host.recheck(this);
    return this.request.emit?.(part);
  }

  spend(used: Spend): void {
    this.spent = used;
  }

  note(facts: NonNullable<AuditEvent['detail']>): void {
    this.noted = { ...this.noted, ...facts };
  }

  async ask(requests: InputRequests): Promise<InputResponses> {
    const { asker } = this.request;
    if (!asker) throw new AppError('CLIENT_CAPABILITY_MISSING', { message: 'This client cannot be asked for input here.' });
    return await this.scope.race(asker.ask(requests));
  }

  async call(child: Parameters<CallContext['call']>[0]): Promise<Answer> {
    const { admission, trace, client, profile, asker } = this.request;
    return await this.#host.runChild({ admission, trace, client, profile, asker, ...child }, this);
  }
}
