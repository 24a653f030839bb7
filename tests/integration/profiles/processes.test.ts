/** Profiles of the shipped program: over stdio, alone and attached, and on the command line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { type Gateway, makeHome, removeHome, startGateway, startStdio, type StdioClient } from '../../helpers/gateway.ts';
import { makeUser, type User } from '../cli/run.ts';

const CONFIG = JSON.stringify({
  profiles: {
    quiet: { tools: { allow: ['echo', 'platform_status'], rename: { echo: 'say' } } },
    closed: { access: { roles: ['admin'] } },
  },
});
const clients: StdioClient[] = [];
let [serving, lonely] = ['', ''];
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  [serving, lonely] = [makeHome(), makeHome()];
  for (const home of [serving, lonely]) writeFileSync(join(home, 'switchyard.yaml'), CONFIG);
  gateway = await startGateway({ home: serving, args: ['--config', join(serving, 'switchyard.yaml')] });
  user = makeUser();
  writeFileSync(join(user.project, 'switchyard.yaml'), CONFIG);
}, 30_000);
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end('SIGKILL')));
});
afterAll(async () => {
  user?.remove();
  await gateway?.stop();
  for (const home of [serving, lonely]) removeHome(home);
});

describe.each(['alone', 'attached'] as const)('stdio --profile, %s', (how) => {
  const start = (profile: string): StdioClient => {
    const client = startStdio(how === 'alone' ? lonely : serving, { args: ['--profile', profile] });
    clients.push(client);
    return client;
  };

  // @requirement G2.m
  it('shows and calls what the profile has', async () => {
    const client = start('quiet');
    await client.initialize();
    const listed = (await client.request('tools/list')) ?? {};
    const { tools } = listed['result'] as { tools: JsonObject[] };
    expect(tools.map(({ name }) => name)).toEqual(['platform_status', 'say']);
    expect(await client.request('tools/call', { name: 'say', arguments: { message: 'hello' } })).toMatchObject({
      result: { structuredContent: { success: true } },
    });
    expect(await client.request('tools/call', { name: 'echo', arguments: { message: 'hello' } })).toMatchObject({ error: { code: -32602 } });
  });

  // @requirement G2.m
  it.each([
    ['nobody', 'PROFILE_UNKNOWN'],
    ['closed', 'PERMISSION_DENIED'],
  ])('refuses %s with %s', async (profile, code) => {
    expect(await start(profile).request('server/discover')).toMatchObject({ error: { data: { code } } });
  });
});

// @requirement G2.m
it('stdio refuses a name that no profile can have', async () => {
  const client = startStdio(lonely, { args: ['--profile', '../x'] });
  clients.push(client);
  expect(await client.ended).toMatchObject({ code: 64 });
});

describe('the command line', () => {
  // @requirement G2.n
  it('lists a profile', async () => {
    const { code, value } = await user.json('tools', 'ls', '--profile', 'quiet');
    expect([code, (value as { tools: JsonObject[] }).tools.map(({ name }) => name)]).toEqual([0, ['platform_status', 'say']]);
    expect((await user.json('tools', 'ls', '--profile', 'quite')).value).toMatchObject({ error: { code: 'PROFILE_UNKNOWN' } });
    expect((await user.json('tools', 'ls', '--profile', 'closed')).value).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  });

  // @requirement T13.d
  it('shows what each tool and each upstream costs a model, and when search tools take their place', async () => {
    const { value } = await user.json('tools', 'ls');
    const { estimatedTokens, byUpstream, search, tools } = value as {
      estimatedTokens: number;
      byUpstream: JsonObject[];
      search: JsonObject;
      tools: JsonObject[];
    };
    expect(byUpstream).toEqual([{ upstream: null, tools: tools.length, estimatedTokens }]);
    expect(tools.reduce((sum, tool) => sum + Number(tool['estimatedTokens']), 0)).toBe(estimatedTokens);
    expect(search).toEqual({ mode: 'auto', thresholdTokens: 20_000, isSwitched: false });
    expect((await user.run('tools', 'ls')).stdout).toContain('Above 20000 tokens clients would be shown five search tools instead');
  });

  // @requirement G2.n
  it('calls through a profile', async () => {
    expect((await user.json('tools', 'call', 'say', '{"message":"hi"}', '--profile', 'quiet')).value).toMatchObject({ success: true });
    expect((await user.json('tools', 'call', 'echo', '{"message":"hi"}', '--profile', 'quiet')).value).toMatchObject({ error: { code: 'UNKNOWN_TARGET' } });
  });

  // @requirement G2.n P3.b
  it('explains what a profile hides, renames and refuses', async () => {
    const why = async (...args: readonly string[]): Promise<JsonObject> => (await user.json('tools', 'why', ...args)).value as JsonObject;
    expect(await why('say', '--profile', 'quiet')).toMatchObject({ isAllowed: true });
    expect(JSON.stringify(await why('say', '--profile', 'quiet'))).toContain('its name is echo');
    expect(await why('echo', '--profile', 'quiet')).toMatchObject({ isAllowed: false, rule: 'profile:quiet' });
    expect(await why('echo', '--profile', 'closed')).toMatchObject({ isAllowed: false, rule: 'profile:closed' });
    expect(await why('echo', '--profile', 'closed', '--as', 'admin')).toMatchObject({ isAllowed: true });
    expect(await why('echo', '--profile', 'quite')).toMatchObject({ error: { code: 'PROFILE_UNKNOWN' } });
  }, 30_000);
});
