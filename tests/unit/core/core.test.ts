import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rfc3339 } from '../../../src/core/clock.ts';
import { AppError, describeError, ERRORS, toAppError } from '../../../src/core/errors.ts';
import { randomHex, uuidV7 } from '../../../src/core/ids.ts';
import { canonicalJson, deepFreeze, isObject } from '../../../src/core/json.ts';

describe('identifiers', () => {
  it('are UUIDs of version 7 that carry the time and sort by it', () => {
    const ids = [1, 2, 3_000_000_000_000].map((at) => uuidV7(at));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
    expect(Number.parseInt(uuidV7(0x0123456789ab).replaceAll('-', '').slice(0, 12), 16)).toBe(0x0123456789ab);
  });

  it('use the four variant digits evenly', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 40_000; index += 1) {
      const digit = uuidV7(0).charAt(19);
      counts.set(digit, (counts.get(digit) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['8', '9', 'a', 'b']);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(600);
  });

  it('do not repeat', () => {
    expect(new Set(Array.from({ length: 20_000 }, () => uuidV7(0))).size).toBe(20_000);
    expect(randomHex(16)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('canonical JSON', () => {
  it('is independent of the order of members and reads back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { seed: 7 },
    );
    expect(canonicalJson({ b: 1, a: [{ d: undefined, c: 'é' }] })).toBe('{"a":[{"c":"é"}],"b":1}');
  });

  it('refuses what JSON cannot carry', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
    expect(() => canonicalJson(1n)).toThrow(TypeError);
  });

  it('freezes deeply', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    expect(Object.isFrozen(value.a[0])).toBe(true);
    expect([isObject([]), isObject(null), isObject({})]).toEqual([false, false, true]);
  });
});

describe('errors', () => {
  it('carry the row of their code and hide their cause', () => {
    const error = new AppError('RATE_LIMITED', { cause: new Error('internal'), data: { retryAfterSeconds: 3 } });
    expect(error.facts).toBe(ERRORS.RATE_LIMITED);
    expect(JSON.stringify({ message: error.message, fix: error.fix, data: error.data })).not.toContain('internal');
    expect(AppError.is(error)).toBe(true);
    expect(AppError.is(new Error('x'))).toBe(false);
  });

  it('wrap the unknown once', () => {
    const known = new AppError('CANCELLED');
    expect(toAppError(known)).toBe(known);
    expect(toAppError('boom', 'TOOL_FAILED')).toMatchObject({ code: 'TOOL_FAILED', cause: 'boom' });
    expect([describeError(known), describeError('x'), describeError(new TypeError('y'))]).toEqual([`CANCELLED: ${known.message}`, 'x', 'TypeError: y']);
  });

  it('never use a reserved JSON-RPC code of their own, nor a client-fault code for an inner failure', () => {
    const standard = new Set([-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022]);
    for (const [code, facts] of Object.entries(ERRORS)) {
      expect(standard.has(facts.rpcCode) || facts.rpcCode > 0, code).toBe(true);
      if (facts.rpcCode === -32603) expect(facts.status, code).toBeGreaterThanOrEqual(500);
    }
  });
});

describe('time', () => {
  it('is written as RFC 3339 in UTC', () => {
    expect(rfc3339(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(rfc3339(1)).toBe('1970-01-01T00:00:00.001Z');
  });
});
