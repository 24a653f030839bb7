/** @module contracts/task-store: calls that outlive their client, as they are kept. */
import type { MaybePromise } from '../core/json.ts';

/** One task. What it is about is in `body`, which the store does not read. */
export interface TaskRow {
  readonly id: string;
  readonly principalId: string;
  /** The process that answers for it. */
  readonly owner: string;
  /** Epoch milliseconds until which the owner is taken to be alive; null = the task has ended. */
  readonly leaseUntil: number | null;
  /** Epoch milliseconds after which it may be forgotten. */
  readonly expiresAt: number;
  readonly body: string;
}

/** How much is kept. */
export interface TaskBounds {
  readonly maxTasks: number;
  readonly maxTasksOfPrincipal: number;
  /** Characters of the bodies of one principal. */
  readonly maxCharsOfPrincipal: number;
}

/** What another process wants of the owner of a task, in the order it was wanted. */
export interface TaskWish {
  readonly taskId: string;
  readonly text: string;
}

/** Tasks. Writes are durable when they resolve. Every operation @throws AppError STORAGE_* */
export interface TaskStore {
  /** Forgets what is over, then adds the task. False when the bounds leave no room for it. */
  insert(row: TaskRow, nowEpochMs: number, bounds: TaskBounds): Promise<boolean>;
  find(id: string): MaybePromise<TaskRow | undefined>;
  /** Writes lease, expiry and body. False when the task is not the owner's any more, or has ended. */
  replace(row: TaskRow): Promise<boolean>;
  /** Takes over a task that runs from another owner. False when it has changed hands or ended meanwhile. */
  claim(id: string, from: string, to: string, leaseUntil: number): Promise<boolean>;
  /** Extends the lease of all tasks of the owner that run; their expiry is moved to the time given, never back. */
  renew(owner: string, leaseUntil: number, expiresAt: number): Promise<void>;
  /** Leaves a wish for the owner. False when the task does not run, or 64 wishes wait already. */
  wish(wish: TaskWish): Promise<boolean>;
  /** Takes what is wanted of the owner's tasks, oldest first. */
  takeWishes(owner: string): Promise<readonly TaskWish[]>;
}
