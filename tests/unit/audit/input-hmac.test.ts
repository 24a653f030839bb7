import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInputHmac } from '../../../src/audit/input-hmac.ts';

describe('the HMAC of an input', () => {
  it('is the one of RFC 4231, test cases 1 and 2', () => {
    expect(createInputHmac(Buffer.alloc(20, 0x0b))('Hi There')).toBe('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
    expect(createInputHmac(Buffer.from('Jefe'))('what do ya want for nothing?')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  it('is what node computes, for every text', () => {
    const key = randomBytes(32);
    const hmac = createInputHmac(key);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 900, maxLength: 1100 })), (text) => {
        expect(hmac(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
      }),
    );
  });

  it.each([0, 1, 5461, 5462, 16_384, 16_385, 200_000])('is right for %i characters of three bytes, around the size of its buffer', (length) => {
    const key = randomBytes(32);
    const text = '€'.repeat(length);
    expect(createInputHmac(key)(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
  });

  it('does not let one text show in the next', () => {
    const hmac = createInputHmac(Buffer.alloc(32, 1));
    const alone = hmac('short');
    hmac('a much longer text than the other one');
    expect(hmac('short')).toBe(alone);
  });
});
