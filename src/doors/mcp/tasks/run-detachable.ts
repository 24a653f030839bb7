/** @module doors/mcp/tasks/run-detachable: a call whose client can follow a task: it is answered with its result, or with a task. */
import type { Answer, Request } from '../../../contracts/call.ts';
import { type ClientCall, type Reply, replyTo } from '../call-reply.ts';
import { resultText } from '../message.ts';
import { DetachedCall } from './detached-call.ts';
import { toWire } from './task-state.ts';

/**
 * Runs the call. It becomes a task when its tool says so, or when it takes longer than `tasks.afterMs`; until then
 * it is stopped when its client goes away. Undefined = nobody waits for an answer any more.
 */
export async function runDetachable(call: ClientCall, request: Request): Promise<Reply | undefined> {
  const { exchange, asker } = call;
  const { core, peer, outlet, id } = exchange;
  const tasks = await core.ports.tasks?.load();
  if (!tasks) return replyTo(call, await core.ports.runner.run(request));
  const { admission, target, input, profile, emit } = request;
  const origin = { tool: target.name, input, profile, capabilities: peer.capabilities };
  const detached = new DetachedCall({ core, tasks, admission, origin, asker, emit });
  const stopFollowing = outlet.scope.onCancel((reason) => detached.scope.cancel(reason));
  const timer = setTimeout(() => void detached.begin(), tasks.config.afterMs).unref();
  const toReply = (answer: Answer): Reply => replyTo(call, answer);
  const plain = core.ports.runner
    .run({ ...request, signal: detached.scope, asker: detached, emit: (part) => detached.emit(part), task: detached })
    .then((answer) => detached.conclude(answer, toReply));
  const first = await Promise.race([plain, detached.becameTask]);
  clearTimeout(timer);
  stopFollowing();
  if (outlet.scope.reason) return undefined;
  return first && 'text' in first ? first : { text: resultText(id, core.write.task(toWire((await detached.becameTask).state, false))) };
}
