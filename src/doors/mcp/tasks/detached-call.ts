/** @module doors/mcp/tasks/detached-call: a call that may leave its client behind. */
import { type Asker, InputRequired, type InputRequests, type InputResponses } from '../../../contracts/ask.ts';
import type { Admission, Answer, CallTask, Request, StreamPart } from '../../../contracts/call.ts';
import { AppError, describeError, toAppError } from '../../../core/errors.ts';
import type { JsonObject, MaybePromise } from '../../../core/json.ts';
import { Scope } from '../../../core/scope.ts';
import type { McpCore } from '../core.ts';
import type { Reply } from '../call-reply.ts';
import { StatelessAsker } from '../input-required.ts';
import { requireCapabilities } from '../capabilities.ts';
import { Readmission } from '../readmission.ts';
import type { RunningTask, TaskSeed } from './running-task.ts';
import { outcomeOf } from './task-outcome.ts';
import type { Tasks } from './tasks.ts';

/** What a detached call is made of. */
export interface DetachedParts {
  readonly core: McpCore;
  readonly tasks: Tasks;
  readonly admission: Admission;
  readonly origin: TaskSeed['origin'];
  /** How it asks while its client waits; undefined = it has no client any more. */
  readonly asker: Asker | undefined;
  /** Its way to the client while that waits. */
  readonly emit: Request['emit'];
}

/** One call on its way from being waited for to being a task. */
export class DetachedCall implements CallTask, Asker {
  readonly scope = new Scope();
  readonly #parts: DetachedParts;
  readonly #readmission: Readmission;
  #task: RunningTask | undefined;
  #beginning: Promise<boolean> | undefined;
  #isBound = false;
  #onTask: (task: RunningTask) => void = () => undefined;
  /** Resolves when it has become a task; else never. */
  readonly becameTask: Promise<RunningTask>;

  constructor(parts: DetachedParts) {
    this.#parts = parts;
    this.#readmission = new Readmission(parts.core.ports.runner, parts.admission);
    this.becameTask = new Promise((resolve) => {
      this.#onTask = resolve;
    });
  }

  get kept(): JsonObject | undefined {
    return this.#task?.kept;
  }

  /** What a task of this call is made of. */
  get seed(): TaskSeed {
    const { admission, origin } = this.#parts;
    return { principalId: admission.principal.id, scope: this.scope, origin, onBeat: () => this.#checkCredential() };
  }

  /** The call is a task of an earlier process from the start. */
  continue(task: RunningTask): void {
    this.#task = task;
    this.#beginning = Promise.resolve(true);
  }

  begin(): Promise<boolean> {
    this.#beginning ??= this.#begin();
    return this.#beginning;
  }

  async keep(state: JsonObject): Promise<void> {
    await this.#task?.keep(state);
  }

  emit(part: StreamPart): MaybePromise<void> {
    if (!this.#task) return this.#parts.emit?.(part);
    this.#task.note(part);
    return undefined;
  }

  /** While the client waits, as for any call of its revision; then through the task. What was answered with the call stands. */
  async ask(requests: InputRequests): Promise<InputResponses> {
    const { asker, origin } = this.#parts;
    const task = this.#beginning && (await this.#beginning) ? this.#task : undefined;
    if (!task) {
      if (!asker) throw new AppError('CLIENT_CAPABILITY_MISSING');
      try {
        return await asker.ask(requests);
      } catch (failure) {
        // The client will call again: this call must not go on as a task meanwhile.
        if (failure instanceof InputRequired) this.#isBound = true;
        throw failure;
      }
    }
    requireCapabilities(origin.capabilities, requests);
    if (!(asker instanceof StatelessAsker)) return await task.ask(requests);
    const { answered, open } = asker.answered(requests);
    return Object.keys(open).length === 0 ? answered : { ...answered, ...(await task.ask(open)) };
  }

  /** The reply for a client that waits, once it is known; undefined when it went into the task. */
  async conclude(answer: Answer, toReply: (answer: Answer) => Reply): Promise<Reply | undefined> {
    this.#isBound = true;
    const isTask = (await this.#beginning) === true;
    const task = this.#task;
    if (!isTask || !task) return toReply(answer);
    this.#parts.tasks.settle(task, outcomeOf(toReply(answer).text));
    this.scope.end();
    return undefined;
  }

  async #begin(): Promise<boolean> {
    const { tasks, core } = this.#parts;
    if (this.#isBound || this.scope.reason) return false;
    try {
      const task = await tasks.create(this.seed);
      if (!task) return false;
      this.#task = task;
      this.#onTask(task);
      return true;
    } catch (failure) {
      // The call is as good as any that waits.
      core.ports.logger.warn('a call could not become a task', { code: toAppError(failure).code, problem: describeError(failure) });
      return false;
    }
  }

  /** Work for a credential that is no longer good is stopped, as a stream that it had opened would be. */
  #checkCredential(): void {
    const refuse = (): void => this.scope.cancel(new AppError('AUTHENTICATION_FAILED', { message: 'The credential is no longer good.' }));
    this.#readmission.check(performance.now(), refuse);
  }
}
