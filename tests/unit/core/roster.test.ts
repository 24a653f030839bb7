import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roster, type RosterMember } from '../../../src/core/roster.ts';

describe('a roster', () => {
  it('holds exactly who joined and has not left, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ who: fc.integer({ min: 0, max: 9 }), isJoining: fc.boolean() }), { maxLength: 200 }), (steps) => {
        const people: RosterMember[] = Array.from({ length: 10 }, () => ({ place: -1 }));
        const roster = new Roster<RosterMember>();
        const expected = new Set<RosterMember>();
        for (const { who, isJoining } of steps) {
          const person = people[who];
          if (!person) continue;
          if (isJoining) {
            roster.join(person);
            expected.add(person);
          } else {
            roster.leave(person);
            expected.delete(person);
          }
          expect(roster.size).toBe(expected.size);
        }
        expect(new Set(roster.snapshot())).toEqual(expected);
      }),
      { seed: 17 },
    );
  });

  it('ignores members of another roster', () => {
    const [mine, other] = [new Roster<RosterMember>(), new Roster<RosterMember>()];
    const [one, two] = [{ place: -1 }, { place: -1 }];
    mine.join(one);
    other.join(two);
    mine.leave(two);
    expect([mine.size, other.size, two.place]).toEqual([1, 1, 0]);
  });
});
