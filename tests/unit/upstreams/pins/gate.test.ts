/** The gate while several comparisons are under way: what the order of their ends may not change. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CatalogueVerdict, ListedCatalogue, PinnedDefinition } from '../../../../src/contracts/pins.ts';
import { createGate, type JudgedGate } from '../../../../src/upstreams/pins/gate.ts';
import { codeOf } from '../../../helpers/failure-of.ts';
import { IDENTITY } from './pins-fixture.ts';

const pin = (name: string, hash = 'one'): PinnedDefinition => ({ kind: 'tool', name, hash: `sha256:${hash}`, definition: { name } });
const verdict = (...approved: readonly PinnedDefinition[]): CatalogueVerdict => ({ approved, quarantined: [], missing: [] });
const listing = (name: string): ListedCatalogue => ({ tools: [{ name }] });

/** Comparisons that wait for `answer`, oldest first. */
let waiting: { readonly listed: ListedCatalogue; readonly answer: (verdict: CatalogueVerdict) => void }[];
let now: number;
let closings: number;
let gate: JudgedGate;
beforeEach(() => {
  [waiting, now, closings] = [[], 0, 0];
  gate = createGate(
    { name: 'github', policy: 'require', identity: IDENTITY },
    {
      clock: { monotonic: () => now },
      judge: (listed) => new Promise((answer) => void waiting.push({ listed, answer })),
      onClose: () => {
        closings += 1;
      },
    },
  );
});

const answer = (at: number, given: CatalogueVerdict): void => waiting[at]?.answer(given);
const permitted = (name: string): string => codeOf(() => gate.permit('tool', name));

// @requirement G3.e
describe('a round', () => {
  it('that was begun earlier and ends later changes nothing, and answers with what is in force', async () => {
    const [first, second] = [gate.begin(), gate.begin()];
    const [early, late] = [first.judge(listing('a')), second.judge(listing('b'))];
    answer(1, verdict(pin('b')));
    await late;
    answer(0, verdict(pin('a')));
    expect(await early).toEqual(verdict(pin('b')));
    expect([permitted('a'), permitted('b')]).toEqual(['UNKNOWN_TARGET', 'none']);
  });

  it('that is judged twice has its last word (the control of the order)', async () => {
    const round = gate.begin();
    const [first, second] = [round.judge(listing('a')), round.judge(listing('b'))];
    answer(0, verdict(pin('a')));
    await first;
    answer(1, verdict(pin('b')));
    await second;
    expect([permitted('a'), permitted('b')]).toEqual(['UNKNOWN_TARGET', 'none']);
  });

  it('that ends after the connection opens nothing; its lists are answered as they were judged', async () => {
    const judged = gate.begin().judge(listing('a'));
    gate.close();
    answer(0, verdict(pin('a')));
    expect(await judged).toEqual(verdict(pin('a')));
    expect([gate.verdict, permitted('a'), closings]).toEqual([undefined, 'UPSTREAM_UNVERIFIED', 1]);
  });

  it('counts from when it was begun, not from when it was judged', async () => {
    const round = gate.begin();
    now = 100_000;
    const judged = round.judge(listing('a'));
    answer(0, verdict(pin('a')));
    await judged;
    now = 239_999;
    expect([gate.needsRound, permitted('a')]).toEqual([false, 'none']);
    now = 240_000;
    expect([gate.needsRound, permitted('a')]).toEqual([true, 'none']);
    now = 300_000;
    expect(permitted('a')).toBe('UPSTREAM_UNVERIFIED');
  });
});

// @requirement G3.f
describe('judging the last lists once more, after an approval', () => {
  const first = async (given: CatalogueVerdict): Promise<void> => {
    const judged = gate.begin().judge(listing('a'));
    answer(0, given);
    await judged;
    waiting.splice(0);
  };

  it('says whether anything has changed, and puts it in force', async () => {
    await first(verdict(pin('a')));
    const same = gate.judgeAgain();
    expect(waiting[0]?.listed).toEqual(listing('a'));
    answer(0, verdict(pin('a')));
    expect(await same).toBe(false);
    for (const [at, given] of [verdict(pin('a'), pin('b')), verdict(pin('b', 'two')), verdict()].entries()) {
      const changed = gate.judgeAgain();
      answer(at + 1, given);
      expect([at, await changed]).toEqual([at, true]);
    }
    expect(permitted('a')).toBe('UNKNOWN_TARGET');
  });

  it('says so for what is held back, too', async () => {
    const held = { kind: 'tool', name: 'c', hash: 'sha256:x', reason: 'new', definition: { name: 'c' }, previous: null, findings: [] } as const;
    await first(verdict(pin('a')));
    const changed = gate.judgeAgain();
    answer(0, { ...verdict(pin('a')), quarantined: [held] });
    expect(await changed).toBe(true);
    expect(permitted('c')).toBe('DEFINITION_QUARANTINED');
    // A prompt of that name is another thing.
    expect(codeOf(() => gate.permit('prompt', 'c'))).toBe('UNKNOWN_TARGET');
  });

  it('has nothing to say before the first round, after the end, or once a round has ended meanwhile', async () => {
    expect(await gate.judgeAgain()).toBe(false);
    await first(verdict(pin('a')));
    const overtaken = gate.judgeAgain();
    const round = gate.begin().judge(listing('b'));
    answer(1, verdict(pin('b')));
    await round;
    answer(0, verdict(pin('old')));
    expect([await overtaken, permitted('old'), permitted('b')]).toEqual([false, 'UNKNOWN_TARGET', 'none']);
    const closed = gate.judgeAgain();
    gate.close();
    answer(2, verdict(pin('late')));
    expect([await closed, gate.verdict]).toEqual([false, verdict(pin('b'))]);
    expect([await gate.judgeAgain(), waiting.length]).toEqual([false, 3]);
  });
});
