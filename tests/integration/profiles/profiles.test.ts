/** Virtual servers over HTTP: what is in one, what is not, and who may. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { addKillEntry, clearKillFile } from '../../../src/policy/kill-file.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { bad, GOOD, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { legacy, modern, modernBody, modernHeaders, openSession, stream } from '../../helpers/mcp-http.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const PROFILES: JsonObject = {
  review: {
    upstreams: ['good', 'other'],
    tools: {
      allow: ['good__test_simple_text', 'good__test_error_handling', 'other__echo', 'other__pid'],
      deny: ['good__test_error_handling'],
      rename: { other__echo: 'say' },
      describe: { other__echo: 'Says it.' },
      defaults: { other__echo: { unit: 'words' } },
    },
    prompts: { allow: ['good__test_prompt_with_arguments'], rename: { good__test_prompt_with_arguments: 'ask' } },
    resources: { allow: ['test://static-text', 'test://template/{id}/data'], deny: ['test://template/7/data'] },
  },
  own: { hasOwn: true, upstreams: [] },
  auditors: { access: { roles: ['auditors'] } },
  admins: { access: { roles: ['admin'], principals: ['key:*'] } },
  strangers: { access: { principals: ['jwt:*'] } },
  releases: { access: { scopes: ['release:approve'] } },
};

let gateway: UpstreamGateway;
const at = (profile: string): string => `${gateway.url}/${profile}`;
const ask = (profile: string, method: string, params: JsonObject = {}): ReturnType<typeof modern> =>
  modern(at(profile), method, params, { token: gateway.key });
const call = (profile: string, name: string, input: JsonObject = {}): ReturnType<typeof modern> => ask(profile, 'tools/call', { name, arguments: input });
const resultOf = ({ json }: { readonly json: JsonObject }): JsonObject => json['result'] as JsonObject;
const errorOf = ({ json }: { readonly json: JsonObject }): JsonObject => json['error'] as JsonObject;
const namesOf = async (profile: string, method: string, member: string, key = 'name'): Promise<unknown[]> =>
  (resultOf(await ask(profile, method))[member] as JsonObject[]).map((entry) => entry[key]);

beforeAll(async () => {
  gateway = await startUpstreamGateway(
    { good: { ...GOOD, pins: 'off' }, other: { ...bad('ok'), pins: 'off' } },
    { config: { profiles: PROFILES, policy: { roles: { auditors: { scopes: ['tools:read'] } } } } },
  );
  await gateway.untilUp('good', 'other');
}, 60_000);
afterAll(async () => await gateway?.stop());

describe('a profile', () => {
  // @requirement G2.d
  it('lists what it allows, under its own names, with its own descriptions', async () => {
    const tools = resultOf(await ask('review', 'tools/list'))['tools'] as JsonObject[];
    expect(tools.map(({ name }) => name)).toEqual(['good__test_simple_text', 'other__pid', 'say']);
    expect(tools[2]).toMatchObject({ name: 'say', description: 'Says it.' });
    expect(await namesOf('review', 'prompts/list', 'prompts')).toEqual(['ask']);
    expect(await namesOf('review', 'resources/list', 'resources', 'uri')).toEqual(['test://static-text']);
    expect(await namesOf('review', 'resources/templates/list', 'resourceTemplates', 'uriTemplate')).toEqual(['test://template/{id}/data']);
    expect(await namesOf('own', 'tools/list', 'tools')).toContain('echo');
    expect(await namesOf('own', 'tools/list', 'tools')).not.toContain('other__echo');
  });

  // @requirement G2.d
  it('calls the tool behind a renamed one, with its default arguments', async () => {
    const { content } = resultOf(await call('review', 'say', { words: 'hello' }));
    expect(content).toEqual([{ type: 'text', text: JSON.stringify({ unit: 'words', words: 'hello' }) }]);
  });

  // @requirement G2.h
  it.each([
    ['the name that it renames', 'other__echo'],
    ['the name at the upstream', 'echo'],
    ['what it denies', 'good__test_error_handling'],
    ['what it does not allow', 'good__test_image_content'],
    ['a tool of the gateway', 'platform_status'],
  ])('does not know %s', async (_what, name) => {
    const answer = await call('review', name, { words: 'x' });
    expect(errorOf(answer)).toMatchObject({ code: -32602, data: { code: 'UNKNOWN_TARGET' } });
    // The control: somewhere it is there.
    const control =
      name === 'echo'
        ? await call('other', name, { words: 'x' })
        : await modern(gateway.url, 'tools/call', { name, arguments: { words: 'x' } }, { token: gateway.key });
    expect(errorOf(control)).toBeUndefined();
  });

  // @requirement G2.h
  it('reads, gets, completes and watches what it shows, and nothing else', async () => {
    expect(JSON.stringify(resultOf(await ask('review', 'resources/read', { uri: 'test://static-text' })))).toContain('static text');
    expect(JSON.stringify(resultOf(await ask('review', 'resources/read', { uri: 'test://template/5/data' })))).toContain('ID: 5');
    for (const uri of ['test://static-binary', 'test://template/7/data', 'test://template/../7/data', 'test://template/%2e%2e/data']) {
      expect(errorOf(await ask('review', 'resources/read', { uri })), uri).toMatchObject({ code: -32602 });
    }
    expect(JSON.stringify(resultOf(await ask('review', 'prompts/get', { name: 'ask', arguments: { arg1: 'a', arg2: 'b' } })))).toContain('a');
    expect(errorOf(await ask('review', 'prompts/get', { name: 'good__test_simple_prompt' }))).toMatchObject({ code: -32602 });
    const complete = (name: string): ReturnType<typeof ask> =>
      ask('review', 'completion/complete', { ref: { type: 'ref/prompt', name }, argument: { name: 'arg1', value: 'p' } });
    expect(resultOf(await complete('ask'))).toHaveProperty('completion');
    expect(errorOf(await complete('good__test_prompt_with_arguments'))).toMatchObject({ code: -32602 });
    const wanted = { notifications: { resourceSubscriptions: ['test://static-text', 'test://static-binary'] } };
    const options = { token: gateway.key, headers: modernHeaders('subscriptions/listen') };
    const listening = await stream(at('review'), modernBody('subscriptions/listen', wanted), options);
    await until(() => listening.messages().length > 0, 'it is acknowledged');
    listening.cut();
    expect(listening.messages()[0]).toMatchObject({ params: { notifications: { resourceSubscriptions: ['test://static-text'] } } });
  });

  // @requirement G2.d
  it('serves the official clients in every revision', async () => {
    for (const kind of ['v2 modern', 'v2 legacy', 'v1'] as const) {
      const speaker: Speaker = await connect(kind, { url: at('review'), token: gateway.key });
      expect(await speaker.toolNames()).toEqual(['good__test_simple_text', 'other__pid', 'say']);
      expect((await speaker.call('good__test_simple_text')).text).toContain('simple text');
      await speaker.close();
    }
  });

  // @requirement G2.i
  it('leaves records with the real name and the profile', async () => {
    await call('review', 'say', { words: 'for the record' });
    const outcome = gateway.records().findLast(({ phase, target }) => phase === 'outcome' && target === 'tool:other__echo');
    expect(outcome?.['detail']).toMatchObject({ profile: 'review', shownAs: 'say' });
    const intent = gateway.records().findLast(({ phase, target }) => phase === 'intent' && target === 'tool:other__echo');
    expect(intent?.['detail']).toMatchObject({ profile: 'review', shownAs: 'say' });
  });

  // @requirement G2.i
  it.each([
    ['the real name of a tool', 'tool', 'other__echo'],
    ['its upstream', 'upstream', 'other'],
    ['the profile', 'profile', 'review'],
  ] as const)('is stopped by the kill switch for %s', async (_what, scope, name) => {
    const file = join(gateway.home, 'kill-switch.json');
    expect(errorOf(await call('review', 'say', { words: 'before' }))).toBeUndefined();
    await addKillEntry(file, { scope, name, reason: 'test' }, systemClock);
    await until(async () => (await call('review', 'say', { words: 'during' })).status === 403, 'it is stopped');
    await clearKillFile(file);
    await until(async () => (await call('review', 'say', { words: 'after' })).status === 200, 'it is lifted');
  });
});

describe('the profile that every upstream has', () => {
  // @requirement G4.c
  it('shows its tools under the names that it gave them, and calls them by those', async () => {
    const names = await namesOf('other', 'tools/list', 'tools');
    expect(names).toContain('echo');
    expect(names).toContain('a.dotted/name');
    expect(names.some((name) => String(name).includes('__'))).toBe(false);
    expect(resultOf(await call('other', 'echo', { words: 'plain' }))['content']).toEqual([{ type: 'text', text: '{"words":"plain"}' }]);
    expect(errorOf(await call('other', 'other__echo', { words: 'x' }))).toMatchObject({ code: -32602 });
    expect(await namesOf('good', 'prompts/list', 'prompts')).toContain('test_simple_prompt');
    expect(gateway.records().findLast(({ target, outcome }) => target === 'tool:other__echo' && outcome === 'ok')?.['detail']).toMatchObject({
      profile: 'other',
      shownAs: 'echo',
    });
  });
});

describe('who may use a profile', () => {
  // @requirement G2.j
  it('is let in when every condition is met', async () => {
    expect((await ask('admins', 'tools/list')).status).toBe(200);
  });

  // @requirement G2.j
  it.each(['auditors', 'strangers'])('is refused with 403 by %s, before anything of it is shown', async (profile) => {
    for (const method of ['tools/list', 'server/discover']) {
      const answer = await ask(profile, method);
      expect([answer.status, errorOf(answer)]).toEqual([
        403,
        expect.objectContaining({ code: 40301, data: expect.objectContaining({ code: 'PERMISSION_DENIED', rule: `profile:${profile}` }) }),
      ]);
    }
    const handshake = await legacy(
      at(profile),
      'initialize',
      { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
      { token: gateway.key },
    );
    expect(handshake.status).toBe(403);
    const refused = gateway.records().findLast(({ outcome }) => outcome === 'PERMISSION_DENIED');
    expect(refused).toMatchObject({ event: 'permission_denied', phase: 'notice', decision: 'deny', detail: { profile } });
    expect(String(refused?.['principal'])).toMatch(/^key:/);
  });

  // @requirement G2.j
  it('is told which scope is missing', async () => {
    const admitted = async (): Promise<unknown> =>
      await gateway.app.runner.admit({ door: 'test', source: 'stdio', credential: { kind: 'local' }, profile: 'releases' });
    const failure = await admitted().catch((error: AppError) => error);
    expect(failure).toMatchObject({ code: 'SCOPE_MISSING', data: { missingScopes: ['release:approve'] } });
    // The control: an admin holds every scope.
    expect((await ask('releases', 'tools/list')).status).toBe(200);
  });

  // @requirement G2.k
  it('hears 404 of a profile that is not there, after the credential was checked', async () => {
    const answer = await ask('nobody', 'tools/list');
    expect([answer.status, errorOf(answer)]).toEqual([
      404,
      expect.objectContaining({ code: 40407, data: expect.objectContaining({ code: 'PROFILE_UNKNOWN' }) }),
    ]);
    expect((await modern(at('nobody'), 'tools/list', {}, { token: null })).status).toBe(401);
    expect((await modern(at('review'), 'tools/list', {}, { token: null })).status).toBe(401);
    expect((await ask('Review', 'tools/list')).json).not.toHaveProperty('result');
  });

  // @requirement G2.h
  it('cannot take a session of one profile to another', async () => {
    const session = await openSession(at('review'), { token: gateway.key });
    const list = (profile: string): ReturnType<typeof legacy> => legacy(at(profile), 'tools/list', {}, { token: gateway.key, session });
    expect((await list('review')).status).toBe(200);
    expect((await list('own')).status).toBe(404);
    expect((await legacy(gateway.url, 'tools/list', {}, { token: gateway.key, session })).status).toBe(404);
  });
});
