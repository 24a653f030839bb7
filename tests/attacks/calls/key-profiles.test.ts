/** A key that is for one profile, tried at every other way in. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../src/core/frame-codec.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { allRestRoutes } from '../../../src/doors/rest/routes.ts';
import { MODEL_ROUTES } from '../../../src/doors/models-api/routes.ts';
import { freePort } from '../../helpers/free-port.ts';
import { bin, cleanEnv } from '../../helpers/gateway.ts';
import { legacy, modern, openSession } from '../../helpers/mcp-http.ts';
import { bad, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { runToEnd, stdoutOf } from '../../helpers/run-to-end.ts';

let gateway: UpstreamGateway;
let base: string;
let tcpPort: number;
let limited: string;
let free: string;

const cli = async (...args: readonly string[]): Promise<string> => stdoutOf(await runToEnd([bin, '--home', gateway.home, ...args], { env: cleanEnv() }));

beforeAll(async () => {
  tcpPort = await freePort();
  gateway = await startUpstreamGateway(
    { it: { ...bad('ok'), pins: 'off' } },
    {
      config: {
        profiles: { team: { upstreams: ['it'], tools: { allow: ['it__echo'] } }, other: { upstreams: ['it'] } },
        server: { port: 0, tcp: { isEnabled: true, port: tcpPort } },
      },
    },
  );
  base = gateway.url.replace(/\/mcp$/, '');
  limited = (await cli('keys', 'create', 'limited', '--role', 'admin', '--profile', 'team')).trim();
  free = (await cli('keys', 'create', 'free', '--role', 'admin')).trim();
  await gateway.untilUp('it');
  await until(async () => (await modern(`${gateway.url}/team`, 'tools/list', {}, { token: free })).status === 200, 'the keys are known', 10_000);
}, 60_000);
afterAll(async () => await gateway?.stop());

const codeOf = ({ json }: { readonly json: JsonObject }): unknown => ((json['error'] as JsonObject | undefined)?.['data'] as JsonObject | undefined)?.['code'];
const echo = { name: 'it__echo', arguments: { words: 'hello' } };

// @requirement G2.q
describe('a key of one profile', () => {
  it('works there, in both eras, and a session of it stays there', async () => {
    expect((await modern(`${gateway.url}/team`, 'tools/call', echo, { token: limited })).json).toMatchObject({
      result: { content: [{ text: expect.stringContaining('hello') }] },
    });
    const session = await openSession(`${gateway.url}/team`, { token: limited });
    expect((await legacy(`${gateway.url}/team`, 'tools/list', {}, { token: limited, session })).status).toBe(200);
    expect((await legacy(gateway.url, 'tools/list', {}, { token: limited, session })).status).toBe(403);
  });

  it.each(['', '/other', '/it'])('is refused at /mcp%s, for lists and calls, and told where it belongs', async (path) => {
    for (const [method, params] of [
      ['tools/list', {}],
      ['tools/call', echo],
      ['resources/read', { uri: 'config://platform' }],
    ] as const) {
      const refused = await modern(gateway.url + path, method, params, { token: limited });
      expect([refused.status, codeOf(refused)]).toEqual([403, 'PERMISSION_DENIED']);
      expect(JSON.stringify(refused.json)).toContain('Connect to /mcp/team');
      // The control: a key without the limit is not refused there for want of a profile.
      expect((await modern(gateway.url + path, method, params, { token: free })).status).not.toBe(403);
    }
  });

  it('is refused at every route of REST and of the model API that is not public', async () => {
    for (const { method, path, policy } of [...allRestRoutes(false), ...MODEL_ROUTES]) {
      if (policy === 'public') continue;
      const ask = async (key: string): Promise<number> =>
        (
          await fetch(base + path.replace('{name}', 'echo').replace(/\{\w+\}/g, 'x'), {
            method,
            headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
            body: method === 'POST' ? '{}' : null,
          })
        ).status;
      expect([method, path, await ask(limited)]).toEqual([method, path, 403]);
      expect([method, path, (await ask(free)) === 403]).toEqual([method, path, false]);
    }
  });

  it.each([
    ['without a profile', undefined, 'PERMISSION_DENIED'],
    ['through another profile', 'other', 'PERMISSION_DENIED'],
    ['through its own (the control)', 'team', '"result":'],
  ])('is let in over framed TCP only through its profile: %s', async (_how, profile, expected) => {
    const hello = { jsonrpc: '2.0', id: 0, method: 'authenticate', params: { authorization: `Bearer ${limited}`, profile } };
    const socket = connectTcp(tcpPort, '127.0.0.1', () => socket.write(encodeFrame(Buffer.from(JSON.stringify(hello)))));
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(data.toString()).toContain(expected);
  });

  it('keeps its limit when it is replaced, and is listed with it', async () => {
    const [record] = (JSON.parse(await cli('--json', 'keys', 'list')) as { readonly id: string; readonly name: string; readonly profiles: unknown }[]).filter(
      ({ name }) => name === 'limited',
    );
    expect(record?.profiles).toEqual(['team']);
    const next = (await cli('keys', 'rotate', record?.id ?? '')).trim();
    await until(async () => (await modern(`${gateway.url}/team`, 'tools/list', {}, { token: next })).status === 200, 'the successor is known', 10_000);
    expect((await modern(gateway.url, 'tools/list', {}, { token: next })).status).toBe(403);
  });

  it('is explained', async () => {
    const [record] = (JSON.parse(await cli('--json', 'keys', 'list')) as { readonly id: string; readonly name: string }[]).filter(
      ({ name }) => name === 'limited',
    );
    const why = JSON.parse(await cli('--json', 'tools', 'why', 'echo', '--as', `key:${record?.id}`)) as { isAllowed: boolean; rule: string };
    expect(why).toMatchObject({ isAllowed: false, rule: 'key-profiles' });
  });

  it('is made with a remark where the configuration has no such profile', async () => {
    const { code, stderr } = await runToEnd([bin, '--home', gateway.home, 'keys', 'create', 'early', '--profile', 'later'], { env: cleanEnv() });
    expect(code).toBe(0);
    expect(stderr).toContain('has no profile later yet');
  });

  it.each(['', 'no/name', '../team', 'x'.repeat(65)])('cannot be made for %j, which names no profile', async (name) => {
    await expect(cli('keys', 'create', 'bad', '--profile', name)).rejects.toThrow(/profiles: one to 100 names/);
  });
});
