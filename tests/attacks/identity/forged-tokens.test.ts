/**
 * Forged, stolen and misplaced access tokens, from the case files of the corpus. What counts is whether the call had its
 * effect; status and audit record are compared too. Each family has a control: the same road with a token that is good.
 *
 * @requirement F8.a A2.n A4.c
 */
import { generateKeyPairSync } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokedPrincipal, revokedToken } from '../../../src/contracts/tokens.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { forge, forgeProof, type ForgeWorld, type ProofRecipe, thumbprintOf, type TokenRecipe } from '../../helpers/forge.ts';
import { startIssuer, startTokenGateway, type TestIssuer, type TokenGateway } from '../../helpers/token-gateway.ts';

interface Sending {
  readonly in?: 'query' | 'query-encoded' | 'query-and-header' | 'cookie' | 'x-access-token' | 'body' | 'basic' | 'token-scheme' | 'bearer-twice' | 'no-space';
  readonly proof?: ProofRecipe;
  readonly isReplay?: boolean;
  readonly tool?: string;
}

interface Case {
  readonly id: string;
  readonly token?: TokenRecipe;
  readonly send?: Sending;
  readonly expect: { readonly status: number; readonly event: string; readonly outcome: string; readonly reason?: string };
}

interface Family {
  readonly family: string;
  readonly owasp: string;
  readonly control: { readonly token: TokenRecipe; readonly send?: Sending };
  readonly cases: readonly Case[];
}

const corpus = join(import.meta.dirname, '../corpus');
const families = globSync('*/tokens-*.json', { cwd: corpus })
  .toSorted()
  .map((file) => JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Family);

let gateway: TokenGateway;
let attacker: TestIssuer;
let world: ForgeWorld;

beforeAll(async () => {
  attacker = await startIssuer();
  gateway = await startTokenGateway({
    published: ({ ES256 }) => [
      { ...ES256.jwk, kid: 'enc-ES256', use: 'enc' },
      { ...ES256.jwk, kid: 'ops-ES256', key_ops: ['sign'] },
      { ...ES256.jwk, kid: 'misnamed-ES256', alg: 'RS256' },
      { ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }), kid: 'weak' },
      { kty: 'oct', kid: 'oct', k: Buffer.from('a symmetric secret that somebody published').toString('base64url') },
    ],
  });
  const { url, issuer, holder } = gateway;
  const names = { attacker: attacker.url, upper: url.toUpperCase(), upperIssuer: issuer.url.toUpperCase(), holder: thumbprintOf(holder.jwk) };
  world = { ...gateway.world, names: { ...gateway.world.names, ...names } };
  const store = createSqliteStore({ path: join(gateway.app.endpoints().home, 'state.db'), clock: systemClock, writes: 'direct' });
  const forever = { revokedAt: 1, expiresAt: null, reason: 'a test' };
  await store.revocations.revoke({ ...forever, subject: revokedToken(issuer.url, 'revoked-1') });
  await store.revocations.revoke({ ...forever, subject: revokedPrincipal(`jwt:${issuer.url}#mallory`) });
  await store.close();
});
afterAll(async () => {
  expect(attacker.asked, 'addresses of the attacker that were asked').toEqual([]);
  await gateway.stop();
  await attacker.stop();
});

/** Sends the call with the token; the answer's status. */
async function send(id: string, token: string, sending: Sending = {}, source: string | undefined = undefined): Promise<number> {
  const plain = { authorization: `Bearer ${token}` };
  const options = { ...(source === undefined ? {} : { source }), ...(sending.tool === undefined ? {} : { tool: sending.tool }) };
  if (sending.proof) {
    const proof = sending.proof.isMissing === true ? {} : { dpop: forgeProof(world, gateway.holder, token, sending.proof) };
    const headers = { authorization: `DPoP ${token}`, ...proof };
    if (sending.isReplay === true) await gateway.call(`${id} first`, headers);
    return (await gateway.call(id, headers, options)).status;
  }
  const places: Readonly<Record<string, () => Promise<Response>>> = {
    query: () => gateway.call(id, {}, { ...options, query: `?access_token=${token}` }),
    'query-encoded': () => gateway.call(id, {}, { ...options, query: `?x=1&access%5Ftoken=${token}` }),
    'query-and-header': () => gateway.call(id, plain, { ...options, query: `?access_token=${token}` }),
    cookie: () => gateway.call(id, { cookie: `access_token=${token}; token=${token}` }, options),
    'x-access-token': () => gateway.call(id, { 'x-access-token': token, 'x-auth-token': token }, options),
    body: () => gateway.call(`${id}&access_token=${token}`, {}, options),
    basic: () => gateway.call(id, { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` }, options),
    'token-scheme': () => gateway.call(id, { authorization: `Token ${token}` }, options),
    'bearer-twice': () => gateway.call(id, { authorization: `Bearer ${token}, Bearer ${token}` }, options),
    'no-space': () => gateway.call(id, { authorization: `Bearer${token}` }, options),
  };
  return (await (places[sending.in ?? ''] ?? (() => gateway.call(id, plain, options)))()).status;
}

/** One token may hold what no HTTP client would put into a header. */
const isSendable = (token: string): boolean => /^[\t\x20-\x7e]+$/.test(token);

describe('the corpus of forged tokens', () => {
  it('F8.a: has more than 200 cases, each with an id of its own', () => {
    const ids = families.flatMap(({ family, cases }) => cases.map(({ id }) => `${family}/${id}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(400);
    expect(families.every(({ owasp }) => /^MCP(?:0[1-9]|10)$/.test(owasp))).toBe(true);
  });

  describe.each(families)('$owasp $family', ({ family, control, cases }) => {
    it('control: with a good token the call has its effect', async () => {
      const id = `${family} control`;
      expect([await send(id, forge(world, control.token), control.send), gateway.marks.has(id)]).toEqual([200, true]);
    });

    it('A2.f: every case is refused, as it should be, without effect, and recorded', async () => {
      const expected: JsonObject[] = [];
      const found: JsonObject[] = [];
      for (const [index, { id: name, token, send: how, expect: wanted }] of cases.entries()) {
        const id = `${family} ${name}`;
        const source = `2001:db8:${families.findIndex((one) => one.family === family).toString(16)}:${index.toString(16)}::1`;
        const text = forge(world, token);
        expect(isSendable(text), id).toBe(true);
        const status = await send(id, text, how, source);
        const records = gateway.records().filter((record) => record['source'] === source);
        const refused = records.find(({ event }) => event !== 'auth_succeeded');
        const detail = refused && isObject(refused['detail']) ? refused['detail'] : {};
        expected.push({
          id,
          status: wanted.status,
          event: wanted.event,
          outcome: wanted.outcome,
          ...(wanted.reason === undefined ? {} : { reason: wanted.reason }),
          hasEffect: false,
        });
        found.push({
          id,
          status,
          event: refused?.['event'] ?? 'none',
          outcome: refused?.['outcome'] ?? 'none',
          ...(wanted.reason === undefined ? {} : { reason: detail['reason'] }),
          hasEffect: gateway.marks.has(id),
        });
      }
      expect(found).toEqual(expected);
    });
  });
});
