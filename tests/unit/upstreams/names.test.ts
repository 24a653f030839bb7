/** The names under which clients know what an upstream has. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUpstreamName, toUpstreamName } from '../../../src/upstreams/entries/names.ts';
import { exposedName } from '../../../src/upstreams/names.ts';

const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9_-]{0,6}[a-z0-9])?$/).filter(isUpstreamName);
const tool = fc.oneof(fc.stringMatching(/^[ab_.]{1,8}$/), fc.string({ minLength: 1, maxLength: 80 }));

// @requirement G2.a
it('no server can list a tool under a name of another server', () => {
  fc.assert(
    fc.property(name, name, tool, tool, (one, other, its, others) => {
      fc.pre(one !== other);
      expect(exposedName(one, its)).not.toBe(exposedName(other, others));
    }),
    { numRuns: 2000 },
  );
  // The control: with two underscores in a name it could.
  expect(exposedName('a', 'b__c')).toBe(exposedName('a__b', 'c'));
  expect([isUpstreamName('a__b'), isUpstreamName('a_b'), isUpstreamName('a_')]).toEqual([false, true, false]);
});

it.each([
  ['Späßchen Ærø', 'spasschen-aero'],
  ['Łódź', 'lodz'],
  ['my__server', 'my_server'],
  ['日本語', 'upstream'],
  ['  --A--  ', 'a'],
])('%s becomes %s', (original, name) => {
  expect(toUpstreamName(original)).toBe(name);
  expect(isUpstreamName(name)).toBe(true);
});
