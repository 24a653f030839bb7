/**
 * @module upstreams/connection/remote-task: a request of which the upstream has made a task: polled to its end.
 *
 * @see SEP-2663
 */
import type { UpstreamListener } from '../../contracts/upstream.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import { errorOfUpstream } from './failures.ts';
import { pause } from './pause.ts';
import { askRound, MAX_ROUNDS } from './questions.ts';

/** One request and its answer on the connection. */
type Ask = (method: string, params: JsonObject, scope: Scope) => Promise<JsonObject>;

const DEFAULT_POLL_MS = 1000;
const MIN_POLL_MS = 100;
const MAX_POLL_MS = 30_000;
/** Looks in a row that may fail: the network, or a restart of the server. */
const MAX_FAILURES = 5;
const MAX_ID = 512;

/** Whether the result of a request says that the upstream works on. */
export function isRemoteTask({ resultType }: JsonObject): boolean {
  return resultType === 'task';
}

/**
 * Waits for the end of the task. Its status messages are told as progress, its questions are asked. Cancelling the scope
 * ends the waiting: whether the work shall stop is the caller's to say.
 *
 * @param task as the upstream created it, or its id alone
 * @throws AppError UPSTREAM_ERROR as the upstream's task failed or was cancelled, UPSTREAM_INVALID, or the scope's reason
 */
export async function followTask(ask: Ask, task: JsonObject, scope: Scope, listener: UpstreamListener | undefined): Promise<JsonObject> {
  const { taskId } = task;
  if (typeof taskId !== 'string' || taskId === '' || taskId.length > MAX_ID) {
    throw new AppError('UPSTREAM_INVALID', { message: 'The upstream made a task without an id.' });
  }
  await listener?.onTask?.(taskId);
  return await new Follower(ask, taskId, scope, listener).run(task);
}

class Follower {
  readonly #ask: Ask;
  readonly #taskId: string;
  readonly #scope: Scope;
  readonly #listener: UpstreamListener | undefined;
  readonly #asked = new Set<string>();
  #rounds = 0;
  #looks = 0;

  constructor(ask: Ask, taskId: string, scope: Scope, listener: UpstreamListener | undefined) {
    this.#ask = ask;
    this.#taskId = taskId;
    this.#scope = scope;
    this.#listener = listener;
  }

  async run(created: JsonObject): Promise<JsonObject> {
    for (let state = created; ; state = await this.#look(state)) {
      switch (state['status']) {
        case 'completed':
          if (isObject(state['result'])) return state['result'];
          throw new AppError('UPSTREAM_INVALID', { message: 'The upstream completed a task without a result.' });
        case 'failed':
          throw errorOfUpstream(isObject(state['error']) ? state['error'] : {});
        case 'cancelled':
          throw new AppError('UPSTREAM_ERROR', { message: 'The upstream cancelled the task.' });
        case 'input_required':
          await this.#answer(state['inputRequests']);
          break;
        case 'working':
          break;
        default:
          throw new AppError('UPSTREAM_INVALID', { message: 'The upstream tells a state of its task that the protocol does not have.' });
      }
    }
  }

  async #look({ pollIntervalMs }: JsonObject): Promise<JsonObject> {
    const wanted = typeof pollIntervalMs === 'number' && Number.isFinite(pollIntervalMs) ? pollIntervalMs : DEFAULT_POLL_MS;
    // Of what another process has begun nothing is known yet.
    if (this.#looks > 0 || pollIntervalMs !== undefined) await pause(Math.min(Math.max(wanted, MIN_POLL_MS), MAX_POLL_MS), this.#scope);
    const state = await this.#get();
    this.#looks += 1;
    const { statusMessage } = state;
    await this.#listener?.emit?.({
      type: 'progress',
      progress: this.#looks,
      message: typeof statusMessage === 'string' ? statusMessage.slice(0, 1000) : undefined,
    });
    return state;
  }

  async #get(): Promise<JsonObject> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.#ask('tasks/get', { taskId: this.#taskId }, this.#scope);
      } catch (failure) {
        const isPassing = AppError.is(failure) && (failure.code === 'UPSTREAM_UNREACHABLE' || failure.code === 'UPSTREAM_GONE');
        if (!isPassing || failures >= MAX_FAILURES || this.#scope.reason) throw failure;
        await pause(MIN_POLL_MS * 2 ** failures, this.#scope);
      }
    }
  }

  /** Questions that were not asked before. */
  async #answer(requests: unknown): Promise<void> {
    const fresh = Object.entries(isObject(requests) ? requests : {}).filter(([key]) => !this.#asked.has(key));
    if (fresh.length === 0) return;
    this.#rounds += 1;
    if (this.#rounds > MAX_ROUNDS) throw new AppError('UPSTREAM_INVALID', { message: `The upstream asked more than ${MAX_ROUNDS} times.` });
    for (const [key] of fresh) this.#asked.add(key);
    const { inputResponses } = await this.#scope.race(askRound({ inputRequests: Object.fromEntries(fresh) }, this.#rounds, this.#listener));
    await this.#ask('tasks/update', { taskId: this.#taskId, inputResponses }, this.#scope);
  }
}
