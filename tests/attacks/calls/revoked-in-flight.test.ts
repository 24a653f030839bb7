/** Credentials that are taken back while a call of theirs runs. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, revokeKey } from '../../../src/app/tasks/keys.ts';
import { revoke } from '../../../src/app/tasks/revocations.ts';
import { forge } from '../../helpers/forge.ts';
import { startTokenGateway, type TokenGateway } from '../../helpers/token-gateway.ts';

let gateway: TokenGateway;
beforeAll(async () => {
  gateway = await startTokenGateway();
});
afterAll(async () => await gateway.stop());

const place = (): { readonly home: string; readonly cwd: string; readonly env: Record<string, string> } => ({
  home: gateway.app.endpoints().home,
  cwd: tmpdir(),
  env: {},
});
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const newKey = async (name: string): Promise<{ readonly key: string; readonly id: string }> => {
  const { key, record } = await addKey(place(), { name, kind: 'service', roles: ['developer'] });
  return { key, id: record.id };
};

/** A call that runs until it is cancelled; settled tells how it has ended. */
async function begin(id: string, token: string): Promise<{ readonly ended: Promise<readonly [number, string]>; readonly isOver: () => boolean }> {
  let isOver = false;
  const ended = gateway.call(id, bearer(token), { tool: 'wait' }).then(async (response) => {
    isOver = true;
    return [response.status, await response.text()] as const;
  });
  await expect.poll(() => gateway.marks.has(id), { timeout: 5000 }).toBe(true);
  return { ended, isOver: () => isOver };
}

// @requirement A1.d
describe('a call under way', () => {
  it('ends within a second of the revocation of its key; those of other keys go on (control)', async () => {
    const [mine, other] = [await newKey('mine'), await newKey('other')];
    const [call, control] = [await begin('k1', mine.key), await begin('k2', other.key)];
    const revokedAt = performance.now();
    await revokeKey(place(), mine.id);
    const [status, text] = await call.ended;
    expect(performance.now() - revokedAt).toBeLessThan(3000);
    expect([status, text]).toEqual([401, expect.stringContaining('revoked during the call')]);
    expect(control.isOver()).toBe(false);
    await revokeKey(place(), other.id);
    expect((await control.ended)[0]).toBe(401);
    expect(gateway.records().filter(({ outcome, target }) => outcome === 'AUTHENTICATION_FAILED' && target === 'tool:wait')).toHaveLength(2);
  });

  it('ends with its token, and with the principal behind it', async () => {
    const [one, two] = [forge(gateway.world, { claims: { jti: 'one', sub: 'ann' } }), forge(gateway.world, { claims: { jti: 'two', sub: 'ann' } })];
    const other = forge(gateway.world, { claims: { jti: 'three', sub: 'bob' } });
    const calls = [await begin('t1', one), await begin('t2', two), await begin('t3', other)];
    await revoke(place(), { issuer: gateway.issuer.url, jti: 'one' }, '');
    expect((await calls[0]?.ended)?.[0]).toBe(401);
    expect(calls.map((call) => call.isOver())).toEqual([true, false, false]);
    await revoke(place(), { principal: `jwt:${gateway.issuer.url}#ann` }, '');
    expect((await calls[1]?.ended)?.[0]).toBe(401);
    expect(calls.map((call) => call.isOver())).toEqual([true, true, false]);
    await revoke(place(), { issuer: gateway.issuer.url, jti: 'three' }, '');
    expect((await calls[2]?.ended)?.[0]).toBe(401);
  });

  it('is no failed attempt: twenty calls that end so block nobody at their address', async () => {
    const [mine, other] = [await newKey('many'), await newKey('neighbour')];
    const source = '192.0.2.90';
    const calls = Array.from({ length: 20 }, (_, at) => gateway.call(`m${at}`, bearer(mine.key), { tool: 'wait', source }));
    await expect.poll(() => gateway.marks.has('m19'), { timeout: 5000 }).toBe(true);
    await revokeKey(place(), mine.id);
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array<number>(20).fill(401));
    expect((await gateway.call('n', bearer(other.key), { source })).status).toBe(200);
  });
});
