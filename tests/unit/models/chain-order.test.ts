import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetsIn, type ChainEntry } from '../../../src/contracts/models-config.ts';
import { orderOf } from '../../../src/models/chain-order.ts';

const entry: fc.Arbitrary<ChainEntry> = fc.oneof(
  fc.stringMatching(/^p\/[a-z]{1,3}$/),
  fc.record({ target: fc.stringMatching(/^w\/[a-z]{1,3}$/), weight: fc.integer({ min: 1, max: 1000 }) }),
);
const below1 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

// @requirement M4.b
describe('the order of a chain', () => {
  it('is the order written where nothing has a weight', () => {
    expect(orderOf(['p/a', 'p/b', 'p/c'])).toEqual(['p/a', 'p/b', 'p/c']);
  });

  it('draws the entries of a group, and leaves the groups where they are', () => {
    const chain = ['p/first', { target: 'w/a', weight: 1 }, { target: 'w/b', weight: 3 }, 'p/last'];
    expect(orderOf(chain, () => 0)).toEqual(['p/first', 'w/a', 'w/b', 'p/last']);
    expect(orderOf(chain, () => 0.249)).toEqual(['p/first', 'w/a', 'w/b', 'p/last']);
    expect(orderOf(chain, () => 0.25)).toEqual(['p/first', 'w/b', 'w/a', 'p/last']);
  });

  it('asks each of a group first as often as its weight says', () => {
    let point = 0;
    const random = (): number => (point = (point + 0.618_033_988_7) % 1);
    const firsts = Array.from(
      { length: 4000 },
      () =>
        orderOf(
          [
            { target: 'w/a', weight: 1 },
            { target: 'w/b', weight: 3 },
          ],
          () => random(),
        )[0],
    );
    expect(firsts.filter((first) => first === 'w/b').length / 4000).toBeCloseTo(0.75, 1);
  });

  it('holds every target once, whatever is drawn', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 16 }), fc.infiniteStream(below1), (chain, points) => {
        const order = orderOf(chain, () => points.next().value ?? 0);
        expect([...order].toSorted()).toEqual([...targetsIn(chain)].toSorted());
        for (const [index, place] of chain.entries()) if (typeof place === 'string') expect(order[index]).toBe(place);
      }),
    );
  });
});
