/** @module app/task-desk: calls that outlive their client, as this app keeps them. Nothing is loaded before the first of them. */
import { createTaskDesk, type TaskDesk } from '../doors/mcp/tasks/task-desk.ts';
import type { Foundation } from './foundation.ts';
import type { Guards } from './guards.ts';

/** Undefined where the configuration switches tasks off. */
export function createAppTasks({ loaded, store, clock, logger }: Foundation, { sealer }: Guards): TaskDesk | undefined {
  const config = loaded.config.tasks;
  if (!config.isEnabled) return undefined;
  return createTaskDesk(async () => {
    const { Tasks } = await import('../doors/mcp/tasks/tasks.ts');
    return new Tasks({ store: store.tasks, sealer, clock, logger, config });
  });
}
