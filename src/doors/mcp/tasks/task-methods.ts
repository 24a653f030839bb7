/**
 * @module doors/mcp/tasks/task-methods: tasks/get, tasks/update and tasks/cancel. Each is a call: authorized, counted, recorded.
 *
 * @see SEP-2663
 */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { requireTasks } from '../capabilities.ts';
import type { Exchange } from '../exchange.ts';
import { resumeTask } from './resume-task.ts';
import type { TaskInput } from './task-desk.ts';
import { type TaskState, toWire } from './task-state.ts';
import type { FoundTask } from './tasks.ts';

/** JSON text of a GetTaskResult. @throws AppError CLIENT_CAPABILITY_MISSING, INVALID_PARAMS, TASK_UNKNOWN, or as the call failed */
export async function getTask(exchange: Exchange, params: JsonObject): Promise<string> {
  requireTasks(exchange.peer.capabilities);
  return exchange.core.write.complete(toWire(await stateOf(exchange, readTaskId(params)), true), true);
}

/** Takes answers; those to questions that do not wait are ignored. @throws as getTask */
export async function updateTask(exchange: Exchange, params: JsonObject): Promise<string> {
  requireTasks(exchange.peer.capabilities);
  const { inputResponses } = params;
  if (!isObject(inputResponses)) throw new AppError('INVALID_PARAMS', { message: 'Invalid params: inputResponses must be an object.' });
  const found = await callTask(exchange, 'answer', { taskId: readTaskId(params), inputResponses });
  // Its questions went with the process that had asked them; they come again under other keys.
  if (found.orphan) await takeUp(exchange, found);
  return exchange.core.write.complete({}, true);
}

/** Stops the work. A task that has ended stays as it is. @throws as getTask */
export async function cancelTask(exchange: Exchange, params: JsonObject): Promise<string> {
  requireTasks(exchange.peer.capabilities);
  const taskId = readTaskId(params);
  const found = await callTask(exchange, 'cancel', { taskId });
  if (found.orphan) {
    await takeUp(exchange, found);
    await (await exchange.core.ports.tasks?.load())?.cancel(exchange.peer.admission.principal.id, taskId);
  }
  return exchange.core.write.complete({}, true);
}

/** The task as it is now; its work is taken up again where an earlier process has left it. @throws as getTask */
export async function stateOf(exchange: Exchange, taskId: string): Promise<TaskState> {
  return await takeUp(exchange, await callTask(exchange, 'get', { taskId }));
}

async function takeUp(exchange: Exchange, { state, orphan }: FoundTask): Promise<TaskState> {
  const tasks = orphan && (await exchange.core.ports.tasks?.load());
  return orphan && tasks ? ((await resumeTask(exchange, tasks, orphan))?.state ?? state) : state;
}

async function callTask({ core, peer, trace, outlet }: Exchange, name: string, input: TaskInput): Promise<FoundTask> {
  const { terminal } = await core.ports.runner.run({
    admission: peer.admission,
    target: { kind: 'task', name },
    input,
    trace,
    client: peer.client,
    profile: core.profile,
    signal: outlet.scope,
  });
  if (terminal.type === 'error') throw terminal.error;
  if (terminal.type === 'result') return terminal.value as FoundTask;
  throw new AppError('INTERNAL', { message: 'A task was answered by a question.' });
}

/** @throws AppError INVALID_PARAMS */
function readTaskId({ taskId }: JsonObject): string {
  if (typeof taskId === 'string' && taskId !== '' && taskId.length <= 256) return taskId;
  throw new AppError('INVALID_PARAMS', { message: 'Invalid params: taskId must be a string.' });
}
