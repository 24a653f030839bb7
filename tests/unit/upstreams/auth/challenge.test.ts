import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges, refusalOf, scopesOf } from '../../../../src/upstreams/auth/challenge.ts';
import { startCpuWatch } from '../../../helpers/cpu-watch.ts';

const shown = (header: string): unknown => parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('challenges', () => {
  it.each([
    ['Bearer', [['bearer', {}]]],
    ['Bearer scope="a b", resource_metadata="https://x/y"', [['bearer', { scope: 'a b', resource_metadata: 'https://x/y' }]]],
    [
      'DPoP error=use_dpop_nonce, Bearer realm="x"',
      [
        ['dpop', { error: 'use_dpop_nonce' }],
        ['bearer', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate abc==, bearer Error="invalid_token"',
      [
        ['negotiate', {}],
        ['bearer', { error: 'invalid_token' }],
      ],
    ],
    [String.raw`Bearer error_description="say \"no\", please"`, [['bearer', { error_description: 'say "no", please' }]]],
    ['', []],
    ['=', []],
  ])('%s', (header, expected) => expect(shown(header)).toEqual(expected));

  it('reads anything in time that grows with its length, and never throws', () => {
    void fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => Array.isArray(parseChallenges(text))));
    const cpuMs = startCpuWatch();
    for (const piece of [', ', 'a ', 'a="', '\\', ' \t', 'a=b,']) parseChallenges(piece.repeat(100_000));
    expect(cpuMs()).toBeLessThan(1000);
  });
});

describe('a refusal', () => {
  it.each([
    [200, 'Bearer', undefined],
    [403, undefined, undefined],
    [403, 'Bearer error="access_denied"', undefined],
    [401, undefined, { error: undefined, scopes: [], wantsDpop: false }],
    [401, 'Basic realm="x"', { error: undefined, scopes: [], wantsDpop: false }],
    [403, 'Bearer error="insufficient_scope", scope="a b a"', { error: 'insufficient_scope', scopes: ['a', 'b'] }],
    [401, 'DPoP error="use_dpop_nonce"', { error: 'use_dpop_nonce', wantsDpop: true }],
  ])('of %i with %s', (status, header, expected) => {
    const found = refusalOf(status, header);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it('takes no scope that could break out of the request', () => {
    expect(scopesOf('a b"c d\\e fé \u0000 g')).toEqual(['a', 'g']);
  });
});
