/** @module upstreams/remote-work: the work of one call, where the server does it as a task: its id outlives this process. */
import type { CallContext } from '../contracts/call.ts';
import { AppError } from '../core/errors.ts';

/** What is kept of a call for the process that takes it up again. */
const UPSTREAM = 'upstream';
const TASK = 'remoteTask';

/** Where the work of one call is. */
export class RemoteWork {
  readonly #upstream: string;
  readonly #context: CallContext;
  readonly #leavePlace: () => void;
  #taskId: string | undefined;
  #hasPlace = true;

  /** @param leavePlace called once, when the server works on as a task */
  constructor(upstream: string, context: CallContext, leavePlace: () => void) {
    this.#upstream = upstream;
    this.#context = context;
    this.#leavePlace = leavePlace;
    const kept = context.task?.kept;
    const taskId = kept?.[UPSTREAM] === upstream ? kept[TASK] : undefined;
    this.#taskId = typeof taskId === 'string' ? taskId : undefined;
  }

  /** The server's id of the task; undefined while it works as on any request. */
  get taskId(): string | undefined {
    return this.#taskId;
  }

  /** Whether the call still holds its place among those that run at once. */
  get hasPlace(): boolean {
    return this.#hasPlace;
  }

  /** The server has made a task: so does the gateway, where its client can follow one. */
  async begun(taskId: string): Promise<void> {
    this.#taskId = taskId;
    if (this.#hasPlace) {
      this.#hasPlace = false;
      this.#leavePlace();
    }
    const { task } = this.#context;
    if (!task || !(await task.begin())) return;
    await task.keep({ [UPSTREAM]: this.#upstream, [TASK]: taskId });
  }

  /** Whether the server is to be told to stop: nobody waits any more, and no later process of the gateway will come for it. */
  isAbandoned(reason: AppError | undefined): boolean {
    const isLeft = reason?.code === 'SHUTTING_DOWN' && this.#context.task?.kept !== undefined;
    return this.#taskId !== undefined && reason !== undefined && !isLeft;
  }

  /** Whether the work goes on although the connection has ended. */
  canGoOn(failure: unknown): boolean {
    return this.#taskId !== undefined && AppError.is(failure) && failure.code === 'UPSTREAM_GONE' && !this.#context.scope.reason;
  }
}
