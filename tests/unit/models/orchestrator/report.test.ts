import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoutingEntry } from '../../../../src/contracts/routing-journal.ts';
import { createRoutingJournal } from '../../../../src/models/orchestrator/journal.ts';
import { MIN_COMPARED, MIN_FIRST_ATTEMPTS, reportRouting } from '../../../../src/models/orchestrator/report.ts';
import { routingEntry } from '../../../helpers/routing-entry.ts';

const ENTRY = routingEntry({});
const many = (count: number, make: (index: number) => readonly RoutingEntry[]): readonly RoutingEntry[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();

describe('the routing report', () => {
  it('O6.c: adds up what runs cost, and what their answers would have cost at the strongest tier', () => {
    const { savings, quality, runs } = reportRouting(
      [
        routingEntry({ run: 'a' }),
        routingEntry({ run: 'b', pass: false, isFinal: false }),
        routingEntry({ run: 'b', tier: 1, costMicroUsd: 20, strongMicroUsd: 200 }),
        routingEntry({ run: 'c', error: 'PROVIDER_FAILED', costMicroUsd: null, judgeMicroUsd: null, strongMicroUsd: null, pass: null, isFinal: false }),
        routingEntry({ run: 'c', tier: 1, pass: false }),
      ],
      0,
    );
    // a: 15 of 100. b: 15 + 25 of 200. c: 0 + 15 of 100.
    expect(savings).toEqual({
      runs: 3,
      cost_micro_usd: 70,
      always_strong_micro_usd: 400,
      saved_share: 1 - 70 / 400,
      unpriced_runs: 0,
      comparisons_micro_usd: 0,
    });
    expect(runs).toBe(3);
    expect(quality).toMatchObject({ runs: 3, pass_rate: { value: 2 / 3 }, attempts_per_run: 5 / 3 });
  });

  it('O6.c: leaves out what is not known, and says how much that is', () => {
    const { savings } = reportRouting(
      [routingEntry({ run: 'a' }), routingEntry({ run: 'b', judgeMicroUsd: null }), routingEntry({ run: 'c', strongMicroUsd: null })],
      0,
    );
    expect(savings).toMatchObject({ runs: 1, cost_micro_usd: 15, unpriced_runs: 2 });
    expect(reportRouting([], 0)).toMatchObject({ runs: 0, from: null, savings: { saved_share: null }, quality: { pass_rate: null } });
  });

  it('O6.c: leaves out simulated providers', () => {
    expect(reportRouting([routingEntry({ run: 'a', isSimulated: true }), routingEntry({ run: 'b' })], 0)).toMatchObject({
      runs: 1,
      simulated_runs: 1,
      savings: { runs: 1 },
    });
  });

  it('O6.e: says how much data is missing instead of a number', () => {
    const report = reportRouting(many(MIN_COMPARED - 1, compared), 0);
    expect(report.comparison).toMatchObject({ status: 'not_enough_data', have: MIN_COMPARED - 1, need: MIN_COMPARED });
    expect(reportRouting([routingEntry({})], 0).calibration).toMatchObject([
      { first_attempts: 1, passes_up_to_score: { status: 'not_enough_data', need: MIN_FIRST_ATTEMPTS } },
    ]);
  });

  it('O6.d: compares the routing with chance, length, always weak and always strong, with intervals', () => {
    const { comparison } = reportRouting(many(MIN_COMPARED, compared), 0);
    if (comparison.status !== 'ok') throw new Error('no comparison');
    expect(reportRouting(many(MIN_COMPARED, compared), 0).savings.comparisons_micro_usd).toBe(100 * 105);
    expect(comparison).toMatchObject({ runs: 100, weak_quality: { value: 0.5 }, strong_quality: { value: 1 } });
    const apgr = Object.fromEntries(comparison.routers.map((router) => [router.router, router.apgr?.value]));
    // Half of the tasks are hard and the score knows them: recovered 1 from one half on, so 0.75. The length is the wrong way round.
    expect(apgr).toEqual({
      complexity: expect.closeTo(0.75, 9) as number,
      length: expect.closeTo(0.25, 9) as number,
      random: expect.closeTo(0.5, 9) as number,
      always_weak: 0,
      always_strong: 1,
    });
    const cost = Object.fromEntries(comparison.routers.map((router) => [router.router, router.cost_at_95?.value]));
    // Strong for 45 of 100: 45 × 100 + 55 × 10 = 5050 of 10000. By chance 90 of 100: 9100.
    expect(cost).toMatchObject({ complexity: expect.closeTo(0.505, 9) as number, random: expect.closeTo(0.91, 9) as number, always_strong: 1 });
    expect(cost['always_weak']).toBeUndefined();
    const own = comparison.routers[0]?.apgr;
    expect(own && own.low <= own.value && own.value <= own.high && own.high - own.low < 0.2).toBe(true);
  });

  it('O6.d: counts only runs that chance chose', () => {
    const escalated = many(200, (index) => compared(index).map((item) => ({ ...item, isCompared: false })));
    expect(reportRouting(escalated, 0).comparison).toMatchObject({ have: 0 });
  });

  it('O6.f: tells up to which score the first attempts of a tier pass', () => {
    const outcomes = many(60, (index) => [routingEntry({ run: `r${index}`, score: (index % 6) / 2, pass: index % 6 < 4 })]);
    expect(reportRouting(outcomes, 0).calibration).toMatchObject([{ tier: 0, first_attempts: 60, pass_rate: { value: 40 / 60 }, passes_up_to_score: 1.5 }]);
    const bad = many(60, (index) => [routingEntry({ run: `r${index}`, pass: false })]);
    expect(reportRouting(bad, 0).calibration).toMatchObject([{ passes_up_to_score: null }]);
  });
});

/** Hard tasks (odd) have a high score and few words; the weak tier fails them. */
function compared(index: number): readonly RoutingEntry[] {
  const isHard = index % 2 === 1;
  const facts = { run: `r${index}`, isCompared: true, score: isHard ? 9 : 1, words: isHard ? 1 : 50 };
  return [
    routingEntry({ ...facts, pass: !isHard, isFinal: !isHard }),
    routingEntry({ ...facts, kind: 'comparison', tier: 3, model: 'opus', costMicroUsd: 100, isFinal: isHard }),
  ];
}

describe('the journal in the state folder', () => {
  let folder: string;
  let path: string;
  const problems: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sy-routing-'));
    path = join(folder, 'routing.jsonl');
    problems.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const journal = (maxBytes = 1_000_000): ReturnType<typeof createRoutingJournal> =>
    createRoutingJournal({ path, maxBytes, onProblem: (problem) => problems.push(problem) });

  it('O6.a: keeps entries for this user alone', () => {
    journal().append([ENTRY, routingEntry({ run: 's' })]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(journal().read()).toEqual({ entries: [ENTRY, routingEntry({ run: 's' })], unreadable: 0 });
    chmodSync(path, 0o644);
    expect(() => journal().read()).toThrow('chmod 600');
  });

  it('O6.a: is bounded: two files, the older one is forgotten', () => {
    const bounded = journal(2000);
    for (let index = 0; index < 100; index += 1) bounded.append([routingEntry({ run: `r${index}` })]);
    const { entries } = bounded.read();
    expect(entries.at(-1)?.run).toBe('r99');
    expect(entries.length).toBeLessThan(15);
    expect(readFileSync(`${path}.1`).length).toBeLessThan(3000);
  });

  it('reads past a line that a crash cut off, and one that is none', () => {
    journal().append([ENTRY]);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"v":1,"at"\n[]\n${JSON.stringify({ ...ENTRY, score: 'x' })}\n`);
    expect(journal().read()).toEqual({ entries: [ENTRY], unreadable: 3 });
  });

  it('costs no call when it cannot be written, follows no link, and can be turned off', () => {
    writeFileSync(join(folder, 'elsewhere'), '');
    symlinkSync(join(folder, 'elsewhere'), path);
    journal().append([ENTRY]);
    expect(problems).toHaveLength(1);
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('');
    rmSync(path);
    journal(0).append([ENTRY]);
    expect(() => statSync(path)).toThrow('ENOENT');
  });
});
