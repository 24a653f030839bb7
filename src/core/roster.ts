/**
 * @module core/roster: a bag for members that come and go with every call.
 *
 * Not a Set: V8 replaces the table of a Set every few dozen changes and lets the old table point to
 * the new one, so once an old table has grown old itself, everything that was in any later one stays
 * alive until the next full collection. With a few requests under way at all times that was all of
 * their garbage: half of every young collection survived, 15 µs of a call. An array that is filled
 * up from its end has no past.
 */

/** Something that can be in one roster at a time. The roster writes its place; start with -1. */
export interface RosterMember {
  place: number;
}

/** Members in no particular order; joining and leaving take constant time. */
export class Roster<Member extends RosterMember> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Joining twice changes nothing. */
  join(member: Member): void {
    if (member.place !== -1) return;
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Leaving without having joined changes nothing. */
  leave(member: Member): void {
    const { place } = member;
    if (place === -1 || this.#members[place] !== member) return;
    member.place = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.place = place;
    this.#members[place] = last;
  }

  /** The members now: who leaves or joins while they are visited changes nothing in this list. */
  snapshot(): readonly Member[] {
    return this.#members.slice();
  }
}
