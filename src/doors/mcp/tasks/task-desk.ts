/** @module doors/mcp/tasks/task-desk: tasks as targets of calls; what is behind them is loaded with the first one. */
import type { Target } from '../../../contracts/target.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { FoundTask, Tasks } from './tasks.ts';

/** The way to the tasks, for doors and for the catalogue. */
export interface TaskDesk {
  /** The same each time. */
  load(): Promise<Tasks>;
  /** Targets of kind `task`: `get`, `answer`, `cancel`. */
  resolve(name: string): Target | undefined;
  /** Waits until what was settled is on disk. */
  close(): Promise<void>;
}

/** Input of the targets. */
export interface TaskInput {
  readonly taskId: string;
  /** Of `answer`. */
  readonly inputResponses?: JsonObject | undefined;
}

type Work = (tasks: Tasks, principalId: string, input: TaskInput) => Promise<FoundTask>;

/** @param create makes them at the first use */
export function createTaskDesk(create: () => Promise<Tasks>): TaskDesk {
  let loading: Promise<Tasks> | undefined;
  const load = (): Promise<Tasks> => (loading ??= create());
  const targets = new Map<string, Target>([
    ['get', taskTarget('get', 'task_read', load, (tasks, principalId, { taskId }) => tasks.get(principalId, taskId))],
    [
      'answer',
      taskTarget('answer', 'task_answered', load, (tasks, principalId, { taskId, inputResponses = {} }) => tasks.answer(principalId, taskId, inputResponses)),
    ],
    ['cancel', taskTarget('cancel', 'task_cancelled', load, (tasks, principalId, { taskId }) => tasks.cancel(principalId, taskId))],
  ]);
  return {
    load,
    resolve: (name) => targets.get(name),
    async close() {
      await (await loading)?.close();
    },
  };
}

/** Whoever may call may look after its own tasks: the call that made one was authorized itself. */
function taskTarget(name: string, auditEvent: string, load: () => Promise<Tasks>, work: Work): Target {
  return {
    kind: 'task',
    name,
    access: { scopes: [] },
    traits: { isReadOnly: name === 'get', takesSlot: false, priority: 5 },
    auditEvent,
    run: async (input, { principal }) => ({ type: 'result', value: await work(await load(), principal.id, readInput(input)) }),
  };
}

/** The door has checked it. */
function readInput(input: unknown): TaskInput {
  const { taskId, inputResponses } = isObject(input) ? input : ({} as JsonObject);
  return { taskId: String(taskId), inputResponses: isObject(inputResponses) ? inputResponses : undefined };
}
