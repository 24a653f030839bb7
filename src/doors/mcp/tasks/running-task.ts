/** @module doors/mcp/tasks/running-task: one task whose work is done in this process. */
import type { InputRequests, InputResponses } from '../../../contracts/ask.ts';
import type { StreamPart } from '../../../contracts/call.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Scope } from '../../../core/scope.ts';
import { parseAnswer } from '../answers.ts';
import type { TaskOutcome } from './task-outcome.ts';
import { isOver, type TaskOrigin, type TaskRecord, type TaskState } from './task-state.ts';

/** What a running task needs of the registry. */
export interface TaskHost {
  now(): number;
  /** Writes the task as it is; resolves when it is on disk, or has been given up. Never rejects. */
  save(task: RunningTask): Promise<void>;
  /** Told of every change that clients can see. */
  changed(task: RunningTask): void;
}

/** What is known when a call becomes a task. */
export interface TaskSeed {
  readonly principalId: string;
  /** Of the work: cancelled by the client, and with everything else that stops a call. */
  readonly scope: Scope;
  readonly origin: Omit<TaskOrigin, 'kept'>;
  /** Called about every ten seconds while it runs. */
  readonly onBeat: () => void;
}

interface Round {
  readonly requests: Record<string, InputRequests[string]>;
  readonly answers: Record<string, JsonObject>;
  /** The asking tool's own keys by those of the task. */
  readonly keys: ReadonlyMap<string, string>;
  resolve(answers: InputResponses): void;
}

const MESSAGE_MAX = 1000;

/** The state machine of one task. */
export class RunningTask {
  readonly principalId: string;
  readonly scope: Scope;
  readonly #host: TaskHost;
  readonly #usedKeys: Set<string>;
  readonly #rounds = new Set<Round>();
  #state: TaskState;
  readonly #seed: TaskSeed;
  #kept: JsonObject | undefined;
  #progress: string | undefined;

  constructor(host: TaskHost, seed: TaskSeed, { state, usedKeys = [] }: TaskRecord, kept?: JsonObject) {
    this.#host = host;
    this.principalId = seed.principalId;
    this.scope = seed.scope;
    this.#seed = seed;
    this.#state = state;
    this.#kept = kept;
    this.#usedKeys = new Set(usedKeys);
  }

  get state(): TaskState {
    return this.#state;
  }

  get kept(): JsonObject | undefined {
    return this.#kept;
  }

  /** What is stored. The call itself is kept only where somebody could take it up again. */
  get record(): TaskRecord {
    if (isOver(this.#state)) return { state: this.#state };
    return { state: this.#state, origin: this.#kept && { ...this.#seed.origin, kept: this.#kept }, usedKeys: [...this.#usedKeys] };
  }

  /** See CallTask.keep. */
  async keep(state: JsonObject): Promise<void> {
    this.#kept = state;
    await this.#host.save(this);
  }

  /** Puts questions; resolves with all answers. @throws the scope's reason when the work is stopped meanwhile */
  async ask(requests: InputRequests): Promise<InputResponses> {
    const keys = new Map<string, string>();
    const open: Round['requests'] = {};
    for (const [key, request] of Object.entries(requests)) {
      const shown = this.#freshKey(key);
      keys.set(shown, key);
      open[shown] = request;
    }
    const answers = new Promise<InputResponses>((resolve) => this.#rounds.add({ requests: open, answers: {}, keys, resolve }));
    this.#show();
    await this.#host.save(this);
    return await this.scope.race(answers);
  }

  /**
   * Takes answers; those to questions that do not wait are ignored.
   *
   * @throws AppError INVALID_PARAMS for an answer of the wrong shape: nothing is taken then
   */
  answer(responses: JsonObject): void {
    const taken = [...this.#rounds].flatMap((round) =>
      Object.entries(responses).flatMap(([key, sent]) => {
        const request = Object.hasOwn(round.requests, key) ? round.requests[key] : undefined;
        if (!request) return [];
        const answer = parseAnswer(request.method, sent);
        if (!answer) throw new AppError('INVALID_PARAMS', { message: `inputResponses["${key.slice(0, 64)}"] is not a result of ${request.method}.` });
        return [{ round, key, answer }];
      }),
    );
    if (taken.length === 0) return;
    for (const { round, key, answer } of taken) {
      delete round.requests[key];
      round.answers[round.keys.get(key) ?? key] = answer;
      if (Object.keys(round.requests).length > 0) continue;
      this.#rounds.delete(round);
      round.resolve(round.answers);
    }
    this.#show();
    void this.#host.save(this);
  }

  /** Progress becomes the message of the state; logs have no place in a task. */
  note(part: StreamPart): void {
    if (part.type !== 'progress') return;
    const { progress, total, message } = part;
    const count = total === undefined ? `${progress}` : `${progress}/${total}`;
    this.#progress = (message === undefined ? count : `${count} ${message}`).slice(0, MESSAGE_MAX);
    if (this.#rounds.size === 0) this.#move({ statusMessage: this.#progress });
  }

  /** A sign of life, and more time where half of it is over. */
  beat(ttlMs: number): void {
    if (isOver(this.#state)) return;
    this.#seed.onBeat();
    const elapsedMs = this.#host.now() - this.#state.createdAt;
    const isLate = elapsedMs * 2 > this.#state.ttlMs;
    const message = this.#progress ?? `Running for ${Math.round(elapsedMs / 1000)} s.`;
    this.#move({
      ...(this.#state.status === 'working' ? { statusMessage: message } : {}),
      ...(isLate ? { ttlMs: elapsedMs + ttlMs } : {}),
    });
  }

  /** The work has ended. Does nothing when the task has ended before. */
  settle(outcome: TaskOutcome, ttlMs: number): void {
    if ('result' in outcome) this.#end({ status: 'completed', result: outcome.result, statusMessage: undefined }, ttlMs);
    else {
      const { message } = outcome.error;
      this.#end({ status: 'failed', error: outcome.error, statusMessage: typeof message === 'string' ? message.slice(0, MESSAGE_MAX) : undefined }, ttlMs);
    }
  }

  /** The client wants no result any more: the work is stopped. */
  cancel(ttlMs: number): void {
    this.#end({ status: 'cancelled', statusMessage: 'The client cancelled the task.' }, ttlMs);
    this.scope.cancel(new AppError('CANCELLED', { message: 'The client cancelled the task.' }));
  }

  /** Questions that wait, or none: input_required, or working again. */
  #show(): void {
    if (isOver(this.#state)) return;
    const inputRequests = Object.assign({}, ...[...this.#rounds].map(({ requests }) => requests)) as InputRequests;
    const isAsking = Object.keys(inputRequests).length > 0;
    this.#move(
      isAsking
        ? { status: 'input_required', inputRequests, statusMessage: 'Waiting for answers.' }
        : { status: 'working', inputRequests: undefined, statusMessage: this.#progress },
    );
  }

  #end(change: Partial<TaskState>, ttlMs: number): void {
    if (isOver(this.#state)) return;
    this.#rounds.clear();
    this.#move({ ...change, inputRequests: undefined, ttlMs: this.#host.now() - this.#state.createdAt + ttlMs });
    void this.#host.save(this);
  }

  #move(change: Partial<TaskState>): void {
    this.#state = { ...this.#state, ...change, updatedAt: this.#host.now() };
    this.#host.changed(this);
  }

  /** A key is used once in the life of a task. @see SEP-2663, "Task Update Requests" */
  #freshKey(key: string): string {
    let shown = key;
    for (let n = 2; this.#usedKeys.has(shown); n += 1) shown = `${key}#${n}`;
    this.#usedKeys.add(shown);
    return shown;
  }
}
