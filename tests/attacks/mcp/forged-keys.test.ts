/** Keys that are wrong, expired, revoked, rotated away, cut or altered: one answer for all of them, each on record. */
import { readdirSync, readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createKey, rotateKey } from '../../../src/identity/api-key.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { type Shipped, startShipped } from '../../integration/differential/servers.ts';

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'no_arguments', _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
});
const HEADERS = { 'Content-Type': 'application/json', 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'no_arguments' };
const ADMIN = ['admin'];

let gateway: Shipped;
let valid: string;
let revocable: { readonly key: string; readonly id: string };
/** What is in the store but gives nothing any more. */
const dead: Record<string, string> = {};

beforeAll(async () => {
  gateway = await startShipped();
  const store = createSqliteStore({ path: join(gateway.home, 'state.db'), clock: systemClock });
  const create = async (name: string, ttlSeconds: number | null = null, now = Date.now()) =>
    await createKey(store, { now: () => now }, { name, kind: 'user', roles: ADMIN, ttlSeconds });
  valid = (await create('valid')).key;
  dead['expired'] = (await create('expired', 60, Date.now() - 61_000)).key;
  const revoked = await create('revoked');
  await store.apiKeys.revoke(revoked.record.id, Date.now());
  dead['revoked'] = revoked.key;
  const rotated = await create('rotated');
  await rotateKey(store, systemClock, rotated.record.id, 0);
  dead['rotated away'] = rotated.key;
  const later = await create('revoked later');
  revocable = { key: later.key, id: later.record.id };
  await store.close();
});
afterAll(() => gateway?.stop());

interface Answer {
  readonly status: number;
  readonly challenge: unknown;
  readonly session: unknown;
  readonly error: JsonObject;
  readonly correlationId: unknown;
  /** Names of headers. */
  readonly names: string;
}

function call(...authorization: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        agent: false,
        host: '127.0.0.1',
        port: gateway.port,
        path: '/mcp',
        method: 'POST',
        timeout: 10_000,
        headers: [
          ...Object.entries(HEADERS).flat(),
          'Host',
          'localhost',
          'Content-Length',
          String(BODY.length),
          ...authorization.flatMap((value) => ['Authorization', value]),
        ],
      },
      (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (piece: string) => {
            text += piece;
          })
          .on('error', reject);
        response.on('end', () => {
          const { error } = JSON.parse(text) as JsonObject;
          const { data, ...rest } = isObject(error) ? error : {};
          const { correlation_id: correlationId, ...facts } = isObject(data) ? data : {};
          const { headers } = response;
          resolve({
            status: response.statusCode ?? 0,
            challenge: headers['www-authenticate'],
            session: headers['mcp-session-id'],
            error: { ...rest, facts },
            correlationId,
            names: Object.keys(headers).sort().join(),
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', reject);
    outgoing.end(BODY);
  });
}

const flip = (digit: string): string => (digit === '0' ? '1' : '0');
const replaceAt = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at + 1);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Authorization headers that must not be accepted, by what they are. */
function forgeries(): Map<string, string> {
  const forged = new Map<string, string>();
  const [, , id = '', secret = ''] = valid.split('-');
  for (const [state, key] of Object.entries(dead)) forged.set(`a key that is ${state}`, `Bearer ${key}`);
  for (let length = 1; length < valid.length; length += 1) forged.set(`cut to ${length}`, `Bearer ${valid.slice(0, length)}`);
  for (let at = 0; at < valid.length; at += 1) forged.set(`altered at ${at}`, `Bearer ${replaceAt(valid, at, flip(valid[at] ?? ''))}`);
  for (let count = 1; count <= 20; count += 1) forged.set(`${count} characters too many`, `Bearer ${valid}${'0'.repeat(count)}`);
  for (let seed = 0; seed < 60; seed += 1) {
    const digits = (length: number): string =>
      Array.from({ length }, (_none, index) => ((seed * 31 + index * 17 + (index % 5) * seed) % 16).toString(16)).join('');
    forged.set(`made up ${seed}`, `Bearer sk-sy-${digits(12)}-${digits(48)}`);
    forged.set(`known id, made-up secret ${seed}`, `Bearer sk-sy-${id}-${digits(48)}`);
  }
  const header = base64({ alg: 'none', typ: 'JWT' });
  const others: Readonly<Record<string, string>> = {
    'upper case': valid.toUpperCase(),
    'secret of another id': `sk-sy-${'0'.repeat(12)}-${secret}`,
    'id alone': `sk-sy-${id}`,
    'id and no secret': `sk-sy-${id}-`,
    'secret alone': secret,
    'twice the same': `${valid},${valid}`,
    'a JWT without a signature': `${header}.${base64({ sub: `key:${id}`, roles: ['admin'] })}.`,
    'a JWT with an empty one': `${header}..`,
    null: 'null',
    undefined: 'undefined',
    'an object': '{}',
    'a wildcard': '*',
    SQL: "'OR'1'='1",
    'a percent sign': 'sk-sy-%25',
    'a path': '../admin.key',
    'the hash of nothing': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    much: 'a'.repeat(8000),
    quotes: `"${valid}"`,
    __proto__: '__proto__',
    base64: Buffer.from(valid).toString('base64'),
  };
  for (const [what, token] of Object.entries(others)) forged.set(what, `Bearer ${token}`);
  for (const value of [
    `Basic ${Buffer.from(`x:${valid}`).toString('base64')}`,
    `Digest ${valid}`,
    `Token ${valid}`,
    valid,
    'Bearer',
    'Bearer ',
    `Bearer: ${valid}`,
    `Bearer ${valid} ${valid}`,
    `Bearer\u00a0${valid}`,
    `Bearer ${valid}\u00e9`,
    `Bearer x, Bearer ${valid}`,
  ])
    forged.set(`header ${JSON.stringify(value.replace(valid, '<key>'))}`, value);
  return forged;
}

/** Records of the log so far. */
function records(): JsonObject[] {
  const folder = join(gateway.home, 'audit');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) =>
      readFileSync(join(parentPath, name), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{') && line.includes('"event"'))
        .map((line) => JSON.parse(line) as JsonObject),
    );
}

describe('keys that are not valid', () => {
  it('more than 250 of them get the same 401, and each is on record without the key', async () => {
    const forged = forgeries();
    const metadata = `http://127.0.0.1:${gateway.port}/.well-known/oauth-protected-resource/mcp`;
    expect(forged.size).toBeGreaterThan(250);
    const answers = await Promise.all([...forged].map(async ([what, authorization]) => [what, await call(authorization)] as const));
    const expected = {
      status: 401,
      challenge: `Bearer realm="switchyard", error="invalid_token", resource_metadata="${metadata}"`,
      session: undefined,
      error: { code: 40101, message: 'The credential is unknown, malformed, expired or revoked.' },
    };
    const [, first] = answers[0] ?? [];
    expect(first).toMatchObject(expected);
    expect(
      answers.filter(([, { status, challenge, session }]) => status !== 401 || challenge !== expected.challenge || session !== undefined).map(([what]) => what),
    ).toEqual([]);
    for (const [what, { error, names }] of answers) expect([what, error, names]).toEqual([what, first?.error, first?.names]);
    const failed = records().filter(({ event }) => event === 'auth_failed');
    expect(failed).toHaveLength(forged.size);
    expect(failed.every(({ decision, outcome }) => decision === 'deny' && outcome === 'AUTHENTICATION_FAILED')).toBe(true);
    const [, , , secret = ''] = valid.split('-');
    expect(JSON.stringify(records())).not.toContain(secret);
    expect(gateway.log.join('\n')).not.toContain(secret);
  });

  it('the control: the valid key is served, after all that, and so is its scheme in another case', async () => {
    for (const authorization of [`Bearer ${valid}`, `bearer ${valid}`, `Bearer   ${valid}`]) expect(await call(authorization)).toMatchObject({ status: 200 });
    expect(records().some(({ event }) => event === 'auth_succeeded')).toBe(true);
  });

  it('a key works until it is revoked, and then no more', async () => {
    expect((await call(`Bearer ${revocable.key}`)).status).toBe(200);
    const store = createSqliteStore({ path: join(gateway.home, 'state.db'), clock: systemClock });
    await store.apiKeys.revoke(revocable.id, Date.now());
    await store.close();
    const since = performance.now();
    // As if another process had revoked it: that is noticed within 250 ms, and then for good. (A refusal itself may be slow.)
    let lastServedAt = since;
    while ((await call(`Bearer ${revocable.key}`)).status === 200) lastServedAt = performance.now();
    expect(lastServedAt - since).toBeLessThan(1000);
    expect((await call(`Bearer ${revocable.key}`)).status).toBe(401);
  });

  it('no key at all, and two headers at once: the first one counts', async () => {
    const metadata = `http://127.0.0.1:${gateway.port}/.well-known/oauth-protected-resource/mcp`;
    expect(await call()).toMatchObject({
      status: 401,
      challenge: `Bearer realm="switchyard", scope="tools:read", resource_metadata="${metadata}"`,
      error: { code: 40100 },
    });
    expect((await call('Bearer nobody', `Bearer ${valid}`)).status).toBe(401);
  });
});
