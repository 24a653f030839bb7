import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential, Identity, Principal } from '../../../src/contracts/principal.ts';
import type { Store } from '../../../src/contracts/store.ts';
import { revokedPrincipal } from '../../../src/contracts/tokens.ts';
import { createKey, rotateKey } from '../../../src/identity/api-key.ts';
import { createConsoleSessions } from '../../../src/identity/console-sessions.ts';
import { createFailureGuard } from '../../../src/identity/failure-guard.ts';
import { createIdentity, principalOfKey } from '../../../src/identity/identity.ts';
import { createMemoryStore } from '../../../src/storage/memory/store.ts';

const ELSEWHERE = '192.0.2.1';
const HERE = '127.0.0.1';
const MINUTE = 60_000;

let nowMs = 0;
let slept: number[] = [];
let finds = 0;
let store: Store;
let identity: Identity;
const clock = { now: () => nowMs, monotonic: () => nowMs };
const sessions = createConsoleSessions(clock);
const bearer = (token: string): Credential => ({ kind: 'bearer', token });

/** Store whose look-ups are counted. */
const counting = (inner: Store): Store => ({
  ...inner,
  apiKeys: {
    ...inner.apiKeys,
    find: (id) => {
      finds += 1;
      return inner.apiKeys.find(id);
    },
  },
});
const outcome = async (credential: Credential, source = ELSEWHERE): Promise<string> => {
  try {
    return (await identity.identify(credential, source)).id;
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const newKey = (over: Partial<Parameters<typeof createKey>[2]> = {}): ReturnType<typeof createKey> =>
  createKey(store, clock, { name: 'test', kind: 'user', roles: ['user'], ...over });
/** A well-formed key that was never made; `id` fixes the public part. */
const wrongKey = (id: string, index = 0): string => `sk-sy-${id}-${index.toString(16).padStart(48, '0')}`;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  slept = [];
  finds = 0;
  store = counting(createMemoryStore());
  identity = createIdentity({
    store: () => store,
    clock,
    sessions,
    sleep: async (ms) => {
      slept.push(ms);
    },
  });
});

describe('an API key', () => {
  it('becomes its principal, frozen, with all that was stored', async () => {
    const { key, record } = await newKey({
      kind: 'service',
      roles: ['user', 'ops'],
      scopes: ['tools:read'],
      tenant: 'acme',
      ttlSeconds: 60,
      models: ['fast'],
      budgets: [{ unit: 'tokens', limit: 9, window: 'day' }],
    });
    const principal = await identity.identify(bearer(key), ELSEWHERE);
    expect(principal).toEqual({
      id: `key:${record.id}`,
      kind: 'service',
      clientId: `key:${record.id}`,
      tenant: 'acme',
      roles: ['user', 'ops'],
      scopes: ['tools:read'],
      models: ['fast'],
      profiles: null,
      budgets: [{ account: `key:${record.id}`, unit: 'tokens', limit: 9, window: 'day' }],
      method: 'api-key',
      expiresAt: nowMs + 60_000,
    });
    expect(Object.isFrozen(principal)).toBe(true);
    expect(JSON.stringify(principal)).not.toContain(key.slice(-48));
  });

  it('is looked up once, then answered synchronously with the same object', async () => {
    const { key } = await newKey();
    const first = identity.identify(bearer(key), ELSEWHERE);
    const second = identity.identify(bearer(` ${key}`.slice(1)), '192.0.2.2');
    expect(second).toBe(first);
    expect(second).not.toBeInstanceOf(Promise);
    expect(finds).toBe(1);
  });

  it('stops at once when it is revoked, and others go on', async () => {
    const [one, two] = [await newKey(), await newKey()];
    expect(await outcome(bearer(one.key))).toBe(`key:${one.record.id}`);
    expect(await outcome(bearer(two.key))).toBe(`key:${two.record.id}`);
    await store.apiKeys.revoke(one.record.id, nowMs);
    expect(await outcome(bearer(one.key))).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(bearer(two.key))).toBe(`key:${two.record.id}`);
  });

  it('stops the millisecond it expires, also out of the cache', async () => {
    const { key, record } = await newKey({ ttlSeconds: 60 });
    nowMs += 59_999;
    expect(await outcome(bearer(key))).toBe(`key:${record.id}`);
    nowMs += 1;
    expect(await outcome(bearer(key))).toBe('AUTHENTICATION_FAILED');
  });

  it('can be rotated without a gap', async () => {
    const old = await newKey({ scopes: ['tools:read'], tenant: 'acme', ttlSeconds: 3_600 });
    expect(await outcome(bearer(old.key))).toBe(`key:${old.record.id}`);
    nowMs += 10_000;
    const next = await rotateKey(store, clock, old.record.id, 300);
    expect(next.record).toMatchObject({
      name: 'test',
      roles: ['user'],
      scopes: ['tools:read'],
      tenant: 'acme',
      rotatedFrom: old.record.id,
      expiresAt: nowMs + 3_600_000,
    });
    nowMs += 299_999;
    expect(await outcome(bearer(old.key))).toBe(`key:${old.record.id}`);
    expect(await outcome(bearer(next.key))).toBe(`key:${next.record.id}`);
    nowMs += 1;
    expect(await outcome(bearer(old.key))).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(bearer(next.key))).toBe(`key:${next.record.id}`);
  });

  it('works with a store that answers later', async () => {
    const { key, record } = await newKey();
    const later: Store = { ...store, apiKeys: { ...store.apiKeys, find: async (id) => store.apiKeys.find(id) } };
    identity = createIdentity({ store: () => later, clock, sleep: async () => undefined });
    expect(await outcome(bearer(key))).toBe(`key:${record.id}`);
    expect(identity.identify(bearer(key), ELSEWHERE)).not.toBeInstanceOf(Promise);
    expect(await outcome(bearer(wrongKey(record.id)))).toBe('AUTHENTICATION_FAILED');
  });

  it('is refused when the store cannot be read', async () => {
    const { key } = await newKey();
    await outcome(bearer(key));
    await store.close();
    expect(await outcome(bearer(key))).toBe('STORAGE_UNAVAILABLE');
  });
});

describe('anything else that is presented', () => {
  // @requirement A7.b
  it('gets one and the same answer, whatever is wrong with it', async () => {
    const { key, record } = await newKey();
    const revoked = await newKey();
    await store.apiKeys.revoke(revoked.record.id, nowMs);
    const expired = await newKey({ ttlSeconds: 1 });
    nowMs += 1_000;
    const wrong = [
      '',
      'x',
      key.slice(0, -1),
      `${key}0`,
      key.toUpperCase(),
      `${key.slice(0, -1)}\n`,
      key.replace('sk-sy', 'sk-xx'),
      wrongKey(record.id),
      wrongKey('0'.repeat(12)),
      record.hash,
      'a'.repeat(67),
      'sk-sy-'.repeat(100_000),
      revoked.key,
      expired.key,
    ];
    const answers = wrong.map((token, index) => {
      try {
        void identity.identify(bearer(token), `10.0.0.${index}`);
        return 'accepted';
      } catch (error) {
        const { code, message, fix, data } = error as { code: string; message: string; fix: string; data: unknown };
        return JSON.stringify({ code, message, fix, data });
      }
    });
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('AUTHENTICATION_FAILED');
    expect(await outcome(bearer(key))).toBe(`key:${record.id}`);
  });

  it('is never accepted, by any one change of a key', async () => {
    const { key } = await newKey();
    fc.assert(
      fc.property(fc.nat(66), fc.integer({ min: 0, max: 0x10ffff }), fc.nat(0xffffff), (at, code, host) => {
        const changed = `${key.slice(0, at)}${String.fromCodePoint(code)}${key.slice(at + 1)}`;
        if (changed === key) return;
        expect(() => identity.identify(bearer(changed), `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`)).toThrow();
      }),
    );
  });

  it('is AUTHENTICATION_REQUIRED when nothing is presented, however often', async () => {
    for (let index = 0; index < 50; index += 1) expect(await outcome({ kind: 'none' })).toBe('AUTHENTICATION_REQUIRED');
  });
});

describe('failed attempts from elsewhere', () => {
  // @requirement A7.a
  it('block the key prefix from that source for five minutes after ten in five minutes', async () => {
    const { key, record } = await newKey();
    for (let index = 0; index < 10; index += 1) expect(await outcome(bearer(wrongKey(record.id, index)))).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(bearer(key))).toBe('AUTHENTICATION_BLOCKED');
    expect(() => identity.identify(bearer(key), ELSEWHERE)).toThrowError(expect.objectContaining({ data: { retryAfterSeconds: 300 } }));
    expect(await outcome(bearer(key), '192.0.2.2')).toBe(`key:${record.id}`);
    expect(await outcome(bearer(key))).toBe('AUTHENTICATION_BLOCKED');
    nowMs += 5 * MINUTE - 1;
    expect(() => identity.identify(bearer(key), ELSEWHERE)).toThrowError(expect.objectContaining({ data: { retryAfterSeconds: 1 } }));
    nowMs += 1;
    expect(await outcome(bearer(key))).toBe(`key:${record.id}`);
  });

  it('block whoever changes the prefix each time, and leave the neighbour with a valid key alone', async () => {
    const { key, record } = await newKey();
    for (let index = 0; index < 10; index += 1) expect(await outcome(bearer(wrongKey(index.toString(16).padStart(12, '0'))))).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(bearer(wrongKey('ffffffffffff')))).toBe('AUTHENTICATION_BLOCKED');
    expect(await outcome(bearer('nonsense'))).toBe('AUTHENTICATION_BLOCKED');
    expect(await outcome(bearer(key))).toBe(`key:${record.id}`);
    nowMs += 5 * MINUTE;
    expect(await outcome(bearer('nonsense'))).toBe('AUTHENTICATION_FAILED');
  });

  it('are counted over any five minutes, not from a fixed start', async () => {
    for (let index = 0; index < 9; index += 1) {
      nowMs += 30_000;
      await outcome(bearer('nonsense'));
    }
    nowMs += 60_000;
    expect(await outcome(bearer('nonsense'))).toBe('AUTHENTICATION_FAILED');
    // The first two are older than five minutes by now: nine count.
    nowMs += 1;
    expect(await outcome(bearer('nonsense'))).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(bearer('nonsense'))).toBe('AUTHENTICATION_BLOCKED');
  });

  it('of one IPv6 subscriber count together', async () => {
    for (let index = 0; index < 10; index += 1) await outcome(bearer('nonsense'), `2001:db8:0:1::${index}`);
    expect(await outcome(bearer('nonsense'), '2001:db8:0:1:ffff::1')).toBe('AUTHENTICATION_BLOCKED');
    expect(await outcome(bearer('nonsense'), '2001:db8:0:2::1')).toBe('AUTHENTICATION_FAILED');
  });

  it('are kept in bounded memory: the least recent are forgotten', async () => {
    const guard = createFailureGuard(clock);
    for (let index = 0; index < 10; index += 1) guard.fail(ELSEWHERE, '');
    expect(guard.blockedSeconds(ELSEWHERE, '')).toBe(300);
    for (let index = 0; index < 20_000; index += 1) guard.fail(`10.${index >> 8}.${index & 255}.1`, '');
    expect(guard.blockedSeconds(ELSEWHERE, '')).toBe(0);
  });
});

describe('failed attempts from this machine', () => {
  // @requirement A7.a
  it('are slowed down to at most a second and never blocked', async () => {
    const { key, record } = await newKey();
    for (let index = 0; index < 30; index += 1)
      expect(await outcome(bearer(wrongKey(record.id, index)), index % 2 ? HERE : '::1')).toBe('AUTHENTICATION_FAILED');
    expect(slept.slice(0, 7)).toEqual([25, 50, 100, 200, 400, 800, 1_000]);
    expect(Math.max(...slept)).toBe(1_000);
    expect(await outcome(bearer(key), HERE)).toBe(`key:${record.id}`);
    expect(identity.identify(bearer(key), HERE)).not.toBeInstanceOf(Promise);
  });

  it('are answered at once when a thousand wait already', async () => {
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    identity = createIdentity({ store: () => store, clock, sleep: () => asleep });
    const waiting: Promise<string>[] = [];
    for (let index = 0; index < 1_003; index += 1) waiting.push(outcome(bearer('x'), HERE));
    expect(() => identity.identify(bearer('x'), HERE)).toThrow();
    wake();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['AUTHENTICATION_FAILED']));
    const refused = identity.identify(bearer('x'), HERE);
    expect(refused).toBeInstanceOf(Promise);
    await expect(refused).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });
});

describe('the local user', () => {
  it('has the roles of the configuration, by default developer, and opens no store', async () => {
    const untouched = createIdentity({
      store: () => {
        throw new Error('opened');
      },
      clock,
    });
    expect(await untouched.identify({ kind: 'local' }, 'stdio')).toMatchObject({
      id: `local:${process.getuid?.()}`,
      kind: 'local',
      roles: ['developer'],
      scopes: null,
      models: null,
      budgets: [],
      method: 'local',
      expiresAt: null,
    });
    const configured = createIdentity({ store: () => store, clock, localRoles: ['admin'] });
    expect((await configured.identify({ kind: 'local' }, 'stdio')).roles).toEqual(['admin']);
  });
});

describe('a console session', () => {
  const open = (principal: Principal): Credential => ({ kind: 'console', cookie: sessions.redeem(sessions.createLink(principal)) ?? '' });

  it('is the principal that opened it, until its key is revoked', async () => {
    const { record } = await newKey({ roles: ['admin'] });
    const credential = open(principalOfKey(record));
    expect(await outcome(credential)).toBe(`key:${record.id}`);
    expect(await outcome(credential)).toBe(`key:${record.id}`);
    expect(finds).toBe(1);
    await store.apiKeys.revoke(record.id, nowMs);
    expect(await outcome(credential)).toBe('AUTHENTICATION_FAILED');
  });

  it('ends with a rotated key', async () => {
    const { record } = await newKey({ roles: ['admin'] });
    const credential = open(principalOfKey(record));
    await rotateKey(store, clock, record.id, 10);
    expect(await outcome(credential)).toBe(`key:${record.id}`);
    nowMs += 10_000;
    expect(await outcome(credential)).toBe('AUTHENTICATION_FAILED');
  });

  it('ends with the token or certificate that it was opened with, and when its principal is revoked', async () => {
    const { record } = await newKey({ roles: ['admin'] });
    const byToken: Principal = { ...principalOfKey(record), method: 'jwt', expiresAt: nowMs + 900_000 };
    const byCertificate: Principal = { ...byToken, id: 'mtls:ops', kind: 'service', method: 'mtls', expiresAt: nowMs + 9_000_000 };
    const [token, certificate] = [open(byToken), open(byCertificate)];
    const isCurrent = async (): Promise<boolean[]> => [await identity.isCurrent(byToken, token), await identity.isCurrent(byCertificate, certificate)];
    // The control: until then both are who opened them.
    expect([await outcome(token), await outcome(certificate)]).toEqual([byToken.id, 'mtls:ops']);
    expect(await isCurrent()).toEqual([true, true]);
    nowMs += 900_000;
    expect([await outcome(token), await outcome(certificate)]).toEqual(['AUTHENTICATION_FAILED', 'mtls:ops']);
    expect(await isCurrent()).toEqual([false, true]);
    await store.revocations.revoke({ subject: revokedPrincipal('mtls:ops'), revokedAt: nowMs, expiresAt: null, reason: 'gone' });
    expect(await outcome(certificate)).toBe('AUTHENTICATION_FAILED');
    expect(await isCurrent()).toEqual([false, false]);
  });

  it('of the local user needs no key; an unknown cookie fails and counts', async () => {
    const local = await identity.identify({ kind: 'local' }, 'stdio');
    expect(await outcome(open(local))).toBe(local.id);
    for (let index = 0; index < 10; index += 1) expect(await outcome({ kind: 'console', cookie: 'x'.repeat(index * 1_000) })).toBe('AUTHENTICATION_FAILED');
    expect(await outcome({ kind: 'console', cookie: 'x' })).toBe('AUTHENTICATION_BLOCKED');
  });
});
