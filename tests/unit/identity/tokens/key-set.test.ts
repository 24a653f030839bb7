import { beforeEach, describe, expect, it } from 'vitest';
import type { PublicJwk } from '../../../../src/contracts/tokens.ts';
import { createKeySet, type KeySet, readKeys } from '../../../../src/identity/tokens/key-set.ts';
import { createForgeKey } from '../../../helpers/forge.ts';

const [one, two] = [createForgeKey('ES256', 'one'), createForgeKey('ES256', 'two')];
const published = ({ jwk, kid }: typeof one): PublicJwk => ({ ...jwk, kid });
const SECOND = 1_000;

let nowMs = 0;
let asks = 0;
let keys: readonly PublicJwk[] | Error = [];
let set: KeySet;
const outcome = async (kid: string): Promise<string> => {
  try {
    return (await set.find(kid, 'ES256')) ? 'found' : 'unknown';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

beforeEach(() => {
  [nowMs, asks, keys] = [1e6, 0, [published(one)]];
  set = createKeySet({
    clock: { monotonic: () => nowMs },
    load: async () => {
      asks += 1;
      if (keys instanceof Error) throw keys;
      return keys;
    },
  });
});

describe('A2.b: keys of an issuer', () => {
  it('are used for less than two minutes, then asked for anew', async () => {
    expect(await outcome('one')).toBe('found');
    keys = [published(two)];
    nowMs += 117 * SECOND;
    expect([await outcome('one'), asks]).toEqual(['found', 1]);
    nowMs += 1 * SECOND;
    expect([await outcome('one'), asks]).toEqual(['unknown', 2]);
  });

  it('vouch for no longer than two minutes after they were fetched, whenever they verified', async () => {
    await outcome('one');
    expect(set.trustMs).toBe(118 * SECOND);
    nowMs += 100 * SECOND;
    expect(set.trustMs).toBe(18 * SECOND);
    nowMs += 17.9 * SECOND;
    expect(100 * SECOND + 17.9 * SECOND + set.trustMs).toBeLessThanOrEqual(120 * SECOND);
  });

  it('that are new are found when the cooldown is over, and not before', async () => {
    await outcome('one');
    keys = [published(one), published(two)];
    expect([await outcome('two'), asks]).toEqual(['unknown', 1]);
    nowMs += 10 * SECOND;
    expect([await outcome('two'), asks]).toEqual(['found', 2]);
  });

  it('are asked for once by many at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => outcome('one')));
    expect(asks).toBe(1);
  });
});

describe('A2.k: an issuer that does not answer', () => {
  beforeEach(async () => {
    await outcome('one');
    keys = new Error('down');
  });

  it('leaves the known keys in use for a quarter of an hour, and then none', async () => {
    nowMs += 200 * SECOND;
    expect(await outcome('one')).toBe('found');
    nowMs += 699 * SECOND;
    expect(await outcome('one')).toBe('found');
    nowMs += 1 * SECOND;
    expect(await outcome('one')).toBe('ISSUER_UNAVAILABLE');
  });

  it('makes an unknown key a matter of availability, not of the token', async () => {
    nowMs += 11 * SECOND;
    expect(await outcome('two')).toBe('ISSUER_UNAVAILABLE');
    expect(await outcome('one')).toBe('found');
    keys = [published(two)];
    nowMs += 2 * SECOND;
    expect(await outcome('two')).toBe('found');
  });

  it('is not asked at each token, but every two seconds', async () => {
    nowMs += 150 * SECOND;
    for (let count = 0; count < 20; count += 1) await outcome('one');
    expect(asks).toBe(2);
    nowMs += 2 * SECOND;
    await outcome('one');
    expect(asks).toBe(3);
  });

  it('leaves no keys at all after a forced reload', async () => {
    await expect(set.reload()).rejects.toMatchObject({ code: 'ISSUER_UNAVAILABLE' });
    expect(await outcome('one')).toBe('ISSUER_UNAVAILABLE');
  });
});

describe('keys that do not fit', () => {
  it.each([
    ['for encryption', { ...published(one), use: 'enc' }],
    ['of another algorithm', { ...published(one), alg: 'RS256' }],
    ['of another curve', { ...published(one), crv: 'P-384' }],
    ['that only sign', { ...published(one), key_ops: ['sign'] }],
    ['that are damaged', { ...published(one), x: '!!' }],
    ['that are no point of the curve', { ...published(one), y: published(two)['y'] }],
  ])('%s verify nothing', async (_what, jwk) => {
    keys = [jwk];
    expect(await outcome('one')).toBe('unknown');
  });

  it('two of one id are none: which is meant cannot be known', async () => {
    keys = [published(one), { ...published(two), kid: 'one' }];
    expect(await outcome('one')).toBe('unknown');
  });

  it('a private member is not taken over', async () => {
    keys = [{ ...one.privateKey.export({ format: 'jwk' }), kid: 'one' }];
    expect((await set.find('one', 'ES256'))?.type).toBe('public');
  });

  it.each([null, [], {}, { keys: {} }, 'x'])('%j is no key set', (value) => {
    expect(() => readKeys(value)).toThrow(TypeError);
  });
});
