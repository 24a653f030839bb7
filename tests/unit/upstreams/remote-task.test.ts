/** What an upstream may tell of its tasks, and what is made of it. */
import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../src/contracts/call.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Scope } from '../../../src/core/scope.ts';
import { followTask } from '../../../src/upstreams/connection/remote-task.ts';

const WORKING = { taskId: 't', status: 'working', pollIntervalMs: 1 };
const DONE = { taskId: 't', status: 'completed', result: { content: [] } };

/** Answers each request with the next of these; an error is thrown. */
function server(...answers: readonly (JsonObject | AppError)[]): { readonly sent: string[]; readonly ask: (method: string) => Promise<JsonObject> } {
  const sent: string[] = [];
  let next = 0;
  return {
    sent,
    async ask(method) {
      sent.push(method);
      const answer = method === 'tasks/update' ? {} : (answers[next++] ?? WORKING);
      if (AppError.is(answer)) throw answer;
      return answer;
    },
  };
}

describe('K3.h a task of an upstream', () => {
  it('is polled to its end, and its messages are progress', async () => {
    const { ask, sent } = server({ ...WORKING, statusMessage: 'half' }, DONE);
    const parts: StreamPart[] = [];
    expect(await followTask(ask, WORKING, new Scope(), { emit: (part) => void parts.push(part) })).toEqual({ content: [] });
    expect(sent).toEqual(['tasks/get', 'tasks/get']);
    expect(parts).toMatchObject([{ progress: 1, message: 'half' }, { progress: 2 }]);
  });

  it('asks each question once, however often it is told', async () => {
    const asking = { ...WORKING, status: 'input_required', inputRequests: { name: { method: 'elicitation/create', params: {} } } };
    const { ask, sent } = server(asking, asking, asking, DONE);
    let asked = 0;
    await followTask(ask, WORKING, new Scope(), {
      ask: async (requests) => {
        asked += 1;
        return Object.fromEntries(Object.keys(requests).map((key) => [key, { action: 'decline' }]));
      },
    });
    expect(asked).toBe(1);
    expect(sent.filter((method) => method === 'tasks/update')).toHaveLength(1);
  });

  it('bears failures of the way to it, and no refusal', async () => {
    const broken = new AppError('UPSTREAM_UNREACHABLE');
    expect(await followTask(server(broken, broken, DONE).ask, WORKING, new Scope(), undefined)).toEqual({ content: [] });
    const refused = new AppError('UPSTREAM_ERROR', { message: 'Task not found' });
    await expect(followTask(server(refused).ask, WORKING, new Scope(), undefined)).rejects.toBe(refused);
  });

  it.each<readonly [string, JsonObject, string]>([
    ['fails as the upstream says', { ...WORKING, status: 'failed', error: { code: -32_603, message: 'disk full' } }, 'UPSTREAM_ERROR'],
    ['is cancelled by the upstream', { ...WORKING, status: 'cancelled' }, 'UPSTREAM_ERROR'],
    ['is completed without a result', { ...WORKING, status: 'completed' }, 'UPSTREAM_INVALID'],
    ['has a state that does not exist', { ...WORKING, status: 'thinking' }, 'UPSTREAM_INVALID'],
    ['has no state', { taskId: 't' }, 'UPSTREAM_INVALID'],
    ['asks for what is no question', { ...WORKING, status: 'input_required', inputRequests: { x: { method: 'tools/call' } } }, 'UPSTREAM_INVALID'],
  ])('that %s ends the call, typed', async (_what, state, code) => {
    await expect(followTask(server(state).ask, WORKING, new Scope(), { ask: async () => ({}) })).rejects.toMatchObject({ code });
  });

  it.each([[undefined], [''], [7], ['x'.repeat(513)]])('without a usable id (%s) is none', async (taskId) => {
    await expect(followTask(server().ask, { ...WORKING, taskId }, new Scope(), undefined)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
  });

  it('that never ends is left at the end of the scope, whatever interval it wants', async () => {
    for (const pollIntervalMs of [0, -1, 1e300]) {
      const { ask, sent } = server();
      await expect(followTask(ask, { ...WORKING, pollIntervalMs }, new Scope({ timeoutMs: 250 }), undefined)).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      expect(sent.length).toBeLessThanOrEqual(3);
    }
  });
});
