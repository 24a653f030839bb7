/** @module doors/mcp/tasks/tasks: every task of this home: those that run here, and what the store says of all others. */
import type { Sealer } from '../../../contracts/http.ts';
import type { TasksConfig } from '../../../contracts/config.ts';
import type { TaskStore } from '../../../contracts/task-store.ts';
import type { Logger } from '../../../contracts/telemetry.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError, describeError, ERRORS, toAppError } from '../../../core/errors.ts';
import { randomHex } from '../../../core/ids.ts';
import type { JsonObject } from '../../../core/json.ts';
import { hasEnded, processName } from '../../../core/process-identity.ts';
import { Beats } from './beats.ts';
import { RunningTask, type TaskHost, type TaskSeed } from './running-task.ts';
import { boundedOutcome, codeOf, type TaskOutcome } from './task-outcome.ts';
import { isOver, type TaskOrigin, type TaskState } from './task-state.ts';
import { type OpenedRow, type RowFacts, TaskVault } from './task-vault.ts';

/** What tasks are given by the composition root. */
export interface TasksPorts {
  readonly store: TaskStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: TasksConfig;
}

/** A task that somebody began and nobody works on, with what is needed to go on. */
export interface Orphan {
  readonly opened: OpenedRow;
  readonly origin: TaskOrigin;
}

/** A task as it is found: with `orphan`, its work waits to be taken up again. */
export interface FoundTask {
  readonly state: TaskState;
  readonly orphan?: Orphan | undefined;
}

const ID_BYTES = 20;
const LEASE_MS = 20_000;
/** Characters of the tasks of one principal together, sealed. */
const MAX_CHARS = 64 * 1_048_576;
/** A watched task that runs elsewhere is looked at this often. */
const WATCH_MS = 1000;

/** Tasks of all principals; every method looks at those of one. */
export class Tasks implements TaskHost {
  readonly config: TasksConfig;
  readonly #ports: TasksPorts;
  readonly #vault: TaskVault;
  readonly #owner = `${randomHex(6)}@${processName()}`;
  readonly #running = new Map<string, RunningTask>();
  readonly #listeners = new Map<string, Set<(state: TaskState) => void>>();
  readonly #saving = new Set<Promise<void>>();
  readonly #beats: Beats;

  constructor(ports: TasksPorts) {
    this.config = ports.config;
    this.#ports = ports;
    this.#vault = new TaskVault(ports.store, ports.sealer);
    this.#beats = new Beats(this.#running, {
      renew: () => ports.store.renew(this.#owner, this.now() + LEASE_MS, this.now() + this.#ttlMs),
      wishes: () => ports.store.takeWishes(this.#owner),
      beat: (task) => task.beat(this.#ttlMs),
      save: (task) => this.save(task),
      cancel: (task) => task.cancel(this.#ttlMs),
      onProblem: (problem) => ports.logger.warn('tasks', { problem: describeError(problem) }),
    });
  }

  now(): number {
    return this.#ports.clock.now();
  }

  /** Makes a task that is on disk when the promise resolves. Undefined when none fits. @throws AppError STORAGE_* */
  async create(seed: TaskSeed): Promise<RunningTask | undefined> {
    const now = this.now();
    const { pollIntervalMs, maxTasks, maxPerPrincipal } = this.config;
    const state: TaskState = { taskId: randomHex(ID_BYTES), status: 'working', createdAt: now, updatedAt: now, ttlMs: this.#ttlMs, pollIntervalMs };
    const task = new RunningTask(this, seed, { state });
    const bounds = { maxTasks, maxTasksOfPrincipal: maxPerPrincipal, maxCharsOfPrincipal: MAX_CHARS };
    if (!(await this.#vault.insert(this.#factsOf(task), task.record, now, bounds))) return undefined;
    this.#take(task);
    return task;
  }

  /**
   * The principal's task. One whose process has died ends as failed here, unless what it kept allows to go on.
   *
   * @throws AppError TASK_UNKNOWN, the same whether it never existed, has expired, or is somebody else's; STORAGE_*
   */
  async get(principalId: string, taskId: string): Promise<FoundTask> {
    const running = this.#running.get(taskId);
    if (running?.principalId === principalId) return { state: running.state };
    const opened = running ? undefined : await this.#vault.find(taskId, principalId, this.now());
    if (!opened) throw new AppError('TASK_UNKNOWN', { message: 'Task not found' });
    const { row, record } = opened;
    if (isOver(record.state) || !this.#isAbandoned(row)) return { state: record.state };
    if (record.origin) return { state: record.state, orphan: { opened, origin: record.origin } };
    return { state: await this.#bury(opened) };
  }

  /** Takes over an orphan's work. Undefined when another process was faster. @throws AppError STORAGE_* */
  async adopt({ opened, origin }: Orphan, seed: TaskSeed): Promise<RunningTask | undefined> {
    const { row, record } = opened;
    if (!(await this.#ports.store.claim(row.id, row.owner, this.#owner, this.now() + LEASE_MS))) return undefined;
    const state: TaskState = { ...record.state, status: 'working', inputRequests: undefined, updatedAt: this.now() };
    const task = new RunningTask(this, seed, { ...record, state }, origin.kept);
    this.#take(task);
    await this.save(task);
    return task;
  }

  /** @throws AppError TASK_UNKNOWN, INVALID_PARAMS, STORAGE_* */
  async answer(principalId: string, taskId: string, responses: JsonObject): Promise<FoundTask> {
    const found = await this.get(principalId, taskId);
    const running = this.#running.get(taskId);
    if (running) running.answer(responses);
    else if (!isOver(found.state) && !found.orphan) await this.#wish(taskId, { answer: responses });
    return found;
  }

  /** Stops the work, soon. Nothing happens to one that has ended; an orphan must be adopted first. @throws AppError TASK_UNKNOWN, STORAGE_* */
  async cancel(principalId: string, taskId: string): Promise<FoundTask> {
    const found = await this.get(principalId, taskId);
    const running = this.#running.get(taskId);
    if (running) running.cancel(this.#ttlMs);
    else if (!isOver(found.state) && !found.orphan) await this.#wish(taskId, { cancel: true });
    return found;
  }

  /** Tells of every change from now on, whichever process works on it. The returned function ends it. */
  watch(principalId: string, taskId: string, listener: (state: TaskState) => void): () => void {
    const listeners = this.#listeners.get(taskId) ?? new Set();
    this.#listeners.set(taskId, listeners.add(listener));
    let last = -1;
    const timer = setInterval(() => {
      if (this.#running.has(taskId)) return;
      this.get(principalId, taskId).then(
        ({ state }) => {
          if (state.updatedAt !== last && last !== -1) listener(state);
          last = state.updatedAt;
          if (isOver(state)) clearInterval(timer);
        },
        () => clearInterval(timer),
      );
    }, WATCH_MS).unref();
    return () => {
      clearInterval(timer);
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(taskId);
    };
  }

  /** The work of a call has ended; with the gateway, what can be taken up again is left for the next one. */
  settle(task: RunningTask, outcome: TaskOutcome): void {
    const isStopping = task.scope.reason?.code === 'SHUTTING_DOWN' || codeOf(outcome) === 'SHUTTING_DOWN';
    if (!isStopping || !task.kept || isOver(task.state)) {
      task.settle(boundedOutcome(outcome), this.#ttlMs);
      return;
    }
    this.#running.delete(task.state.taskId);
    void this.#track(
      this.#vault.replace({ ...this.#factsOf(task), leaseUntil: 0 }, task.record).then(
        () => undefined,
        (failure: unknown) => this.#ports.logger.warn('a task could not be handed on', { problem: describeError(failure) }),
      ),
    );
  }

  save(task: RunningTask): Promise<void> {
    const saving = this.#write(task).catch((failure: unknown) => {
      // It stays in memory and is written again with the next beat.
      this.#ports.logger.warn('a task could not be written', { code: toAppError(failure).code, problem: describeError(failure) });
    });
    return this.#track(saving);
  }

  changed(task: RunningTask): void {
    for (const listener of [...(this.#listeners.get(task.state.taskId) ?? [])]) listener(task.state);
  }

  /** Waits until everything that was settled is on disk. */
  async close(): Promise<void> {
    this.#beats.stop();
    while (this.#saving.size > 0) await Promise.all(this.#saving);
  }

  get #ttlMs(): number {
    return this.config.ttlSeconds * 1000;
  }

  #take(task: RunningTask): void {
    this.#running.set(task.state.taskId, task);
    this.#beats.start();
  }

  async #write(task: RunningTask): Promise<void> {
    const { state, record } = task;
    const isOurs = await this.#vault.replace(this.#factsOf(task), record);
    // Changed while it was written: the next write has the end.
    if (isOver(state) || !isOurs) this.#running.delete(state.taskId);
    if (!isOurs && !isOver(state)) task.scope.cancel(new AppError('TASK_LOST', { message: 'Another process has taken the task over.' }));
  }

  #factsOf({ principalId, state }: RunningTask): RowFacts {
    const isEnded = isOver(state);
    return {
      id: state.taskId,
      principalId,
      owner: this.#owner,
      leaseUntil: isEnded ? null : this.now() + LEASE_MS,
      expiresAt: isEnded ? state.createdAt + state.ttlMs : this.now() + LEASE_MS + this.#ttlMs,
    };
  }

  #isAbandoned({ owner, leaseUntil }: RowFacts): boolean {
    const name = owner.slice(owner.indexOf('@') + 1);
    return (leaseUntil ?? 0) <= this.now() || (owner !== this.#owner && hasEnded(name));
  }

  /** Nobody will ever answer: the task says so. */
  async #bury({ row, record }: OpenedRow): Promise<TaskState> {
    const { cause, fix, rpcCode } = ERRORS.TASK_LOST;
    const now = this.now();
    const state: TaskState = {
      ...record.state,
      status: 'failed',
      statusMessage: cause,
      inputRequests: undefined,
      error: { code: rpcCode, message: cause, data: { code: 'TASK_LOST', fix } },
      updatedAt: now,
      ttlMs: now - record.state.createdAt + this.#ttlMs,
    };
    if (await this.#ports.store.claim(row.id, row.owner, this.#owner, now + LEASE_MS)) {
      await this.#vault.replace({ ...row, owner: this.#owner, leaseUntil: null, expiresAt: now + this.#ttlMs }, { state });
    }
    return state;
  }

  async #wish(taskId: string, wish: JsonObject): Promise<void> {
    if (!(await this.#ports.store.wish({ taskId, text: JSON.stringify(wish) }))) throw new AppError('OVERLOADED', { message: 'Too many answers wait.' });
  }

  #track(saving: Promise<void>): Promise<void> {
    this.#saving.add(saving);
    return saving.finally(() => this.#saving.delete(saving));
  }
}
