/** @module doors/mcp/tasks/task-state: what a client sees of a task. */
import type { InputRequests } from '../../../contracts/ask.ts';
import { rfc3339 } from '../../../core/clock.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** Where a task stands. The last three are for good. @see SEP-2663, "Task Status" */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/** A task at one moment. Times in epoch milliseconds. */
export interface TaskState {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly statusMessage?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** From its creation. */
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  /** Questions that wait for their answers; of input_required alone. */
  readonly inputRequests?: InputRequests | undefined;
  /** What the request would have answered; of completed alone. */
  readonly result?: JsonObject | undefined;
  /** The JSON-RPC error it would have answered; of failed alone. */
  readonly error?: JsonObject | undefined;
}

/** What must be known to take up the work of another process. */
export interface TaskOrigin {
  readonly tool: string;
  readonly input: unknown;
  readonly profile: string | undefined;
  /** As the client declared them with the call. */
  readonly capabilities: JsonObject;
  readonly kept: JsonObject;
}

/** What is stored of a task, sealed. */
export interface TaskRecord {
  readonly state: TaskState;
  readonly origin?: TaskOrigin | undefined;
  /** Keys of questions that were used: none comes twice in the life of a task. */
  readonly usedKeys?: readonly string[] | undefined;
}

/** Whether nothing will change any more. */
export function isOver({ status }: Pick<TaskState, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** The members of a `Task`. `isDetailed`: with questions, result or error, as tasks/get and notifications have them. */
export function toWire(state: TaskState, isDetailed: boolean): JsonObject {
  const { taskId, status, statusMessage, createdAt, updatedAt, ttlMs, pollIntervalMs, inputRequests, result, error } = state;
  return {
    taskId,
    status,
    ...(statusMessage === undefined ? {} : { statusMessage }),
    createdAt: rfc3339(createdAt),
    lastUpdatedAt: rfc3339(updatedAt),
    ttlMs,
    pollIntervalMs,
    ...(isDetailed && status === 'input_required' ? { inputRequests: inputRequests ?? {} } : {}),
    ...(isDetailed && status === 'completed' ? { result: result ?? {} } : {}),
    ...(isDetailed && status === 'failed' ? { error: error ?? {} } : {}),
  };
}

/** What was stored, if it has the shape of a record. */
export function readRecord(value: unknown): TaskRecord | undefined {
  if (!isObject(value) || !isObject(value['state'])) return undefined;
  const { taskId, status, createdAt, updatedAt, ttlMs } = value['state'];
  const isState = typeof taskId === 'string' && typeof status === 'string' && [createdAt, updatedAt, ttlMs].every((time) => typeof time === 'number');
  return isState ? (value as unknown as TaskRecord) : undefined;
}
