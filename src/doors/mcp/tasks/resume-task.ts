/** @module doors/mcp/tasks/resume-task: the work of a process that died, taken up where it can be. */
import { replyTo } from '../call-reply.ts';
import type { Exchange } from '../exchange.ts';
import { DetachedCall } from './detached-call.ts';
import type { RunningTask } from './running-task.ts';
import type { Orphan, Tasks } from './tasks.ts';

/**
 * Calls the tool anew, as the caller who has asked for the task: it is authorized, counted and recorded again, and
 * finds what was kept. Undefined when another process was faster.
 */
export async function resumeTask(exchange: Exchange, tasks: Tasks, orphan: Orphan): Promise<RunningTask | undefined> {
  const { core, peer, trace } = exchange;
  const { kept: _, ...origin } = orphan.origin;
  const { tool: name, input, profile } = origin;
  const detached = new DetachedCall({ core, tasks, admission: peer.admission, origin, asker: undefined, emit: undefined });
  const task = await tasks.adopt(orphan, detached.seed);
  if (!task) return undefined;
  detached.continue(task);
  const route = { kind: 'tool', name, input } as const;
  const call = { exchange, write: ({ write }: Exchange['core'], value: unknown) => write.complete(value, true), params: {}, route, asker: undefined };
  void core.ports.runner
    .run({
      admission: peer.admission,
      target: { kind: 'tool', name },
      input,
      trace,
      client: peer.client,
      profile,
      signal: detached.scope,
      emit: (part) => detached.emit(part),
      asker: detached,
      task: detached,
    })
    .then((answer) => detached.conclude(answer, (ended) => replyTo(call, ended)));
  return task;
}
