import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDemo } from '../../../src/app/tasks/demo.ts';
import { isObject } from '../../../src/core/json.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { makeUser, type User } from './run.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

it('C5.a demo shows a stream, a failover, a cut stream, its cost and a trail that holds, without a key', async () => {
  // A folder for temporary files of its own: other tests show demos at the same time.
  const temporary = join(user.folder, 'tmp');
  mkdirSync(temporary);
  const { code, stdout } = await user.runWith({ env: { TMPDIR: temporary } }, '--json', 'demo');
  const value: unknown = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(value).toMatchObject({
    simulated: true,
    stream: { error: null, servedBy: 'simulated-a/steady', text: expect.stringMatching(/^\[simulated\] /) as unknown },
    failover: { error: null, attempts: [{ outcome: 'PROVIDER_BUSY' }, { target: 'model:simulated-b/steady', outcome: 'ok' }] },
    cut: { error: 'provider_unreachable', attempts: [{ outcome: 'PROVIDER_UNREACHABLE' }] },
    held: { error: null, servedBy: 'simulated-b/steady' },
    audit: { isValid: true },
  });
  const { simulatedCost } = value as { simulatedCost: readonly { requests: number; costMicroUsd: number | null }[] };
  expect(simulatedCost.every(({ costMicroUsd }) => costMicroUsd !== null && costMicroUsd > 0)).toBe(true);
  expect(readdirSync(temporary)).toEqual([]);
});

it('C5.b the first model behaves as the switch says, and one switch is enough', async () => {
  const { value } = await user.json('demo', '--cut');
  expect(value).toMatchObject({ behaviour: 'cut', stream: { error: 'provider_unreachable' } });
  const { stdout } = await user.run('demo', '--failing');
  expect(stdout).toContain('simulated-a/failing PROVIDER_BUSY → simulated-b/steady ok');
  expect((await user.json('demo', '--cut', '--slow')).value).toMatchObject({ error: { code: 'USAGE' } });
});

it('C5.c every answer, header and tool of the demo says that it is simulated', async () => {
  const demo = await startDemo({ behaviour: 'steady', port: 0, logger: memoryLogger([]) });
  try {
    const headers = { authorization: `Bearer ${demo.key}`, 'content-type': 'application/json' };
    const ask = async (stream: boolean): Promise<Response> =>
      await fetch(`${demo.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'demo', stream, messages: [{ role: 'user', content: 'Hi' }] }),
      });
    for (const stream of [false, true]) {
      const response = await ask(stream);
      expect(response.headers.get('x-switchyard-simulated')).toBe('true');
      expect(await response.text()).toContain('[simulated] ');
    }
    const answer: unknown = await (
      await fetch(`${demo.url}/mcp/v1/tools/llm_complete`, { method: 'POST', headers, body: JSON.stringify({ arguments: { prompt: 'Hi', model: 'demo' } }) })
    ).json();
    expect(isObject(answer) && answer['data']).toMatchObject({ simulated: true, content: expect.stringMatching(/^\[simulated\] /) as unknown });
  } finally {
    await demo.stop();
  }
});

it('C5.d no configuration reaches the simulation', async () => {
  writeFileSync(join(user.project, 'switchyard.json'), JSON.stringify({ models: { providers: { x: { kind: 'simulated' } } } }));
  const { code, stdout, stderr } = await user.run('config', 'check');
  expect([code !== 0, `${stdout}${stderr}`]).toEqual([true, expect.stringContaining('kind') as unknown]);
  rmSync(join(user.project, 'switchyard.json'));
  expect((await user.json('complete', 'Hi', '--model', 'simulated-a/steady')).value).toMatchObject({ error: { code: 'UNKNOWN_TARGET' } });
});
