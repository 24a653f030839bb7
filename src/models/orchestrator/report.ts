/** @module models/orchestrator/report: what routing saved, how good it was, and whether it chooses better than chance. */
import type { NotEnoughData, ReportedEstimate, RouterFigures, RoutingReport, TierCalibration, TierComparison } from '../../contracts/routing-report.ts';
import type { RoutingEntry } from '../../contracts/routing-journal.ts';
import { averageGapRecovered, costOfEnough, type Compared, type Router } from './comparison.ts';
import { bootstrap, falling, wilson } from './statistics.ts';

/** Compared runs below which a comparison says nothing. */
export const MIN_COMPARED = 100;
/** First attempts of a tier below which its threshold says nothing. */
export const MIN_FIRST_ATTEMPTS = 30;
/** A tier is good enough for a score where this share of its first attempts passes. */
const GOOD_ENOUGH = 0.8;
const SEED = 20_261_121;

/** Entries of one run, in the order they were made. */
type Run = readonly RoutingEntry[];

/** The same entries give the same report. */
export function reportRouting(entries: readonly RoutingEntry[], unreadable: number): RoutingReport {
  const all = groupRuns(entries);
  const runs = all.filter((run) => !run.some(({ isSimulated }) => isSimulated));
  const times = runs.flatMap((run) => run.map(({ at }) => at)).toSorted((left, right) => left - right);
  const attempts = runs.map((run) => run.filter(({ kind }) => kind === 'attempt'));
  return {
    from: times[0] ?? null,
    to: times.at(-1) ?? null,
    runs: runs.length,
    simulated_runs: all.length - runs.length,
    unreadable_lines: unreadable,
    savings: {
      ...reportSavings(attempts),
      comparisons_micro_usd: sumKnown(runs.flatMap((run) => run.filter(({ kind }) => kind === 'comparison').map(costOf))),
    },
    quality: reportQuality(attempts),
    comparison: compareEnds(runs),
    calibration: calibrate(attempts),
  };
}

function groupRuns(entries: readonly RoutingEntry[]): readonly Run[] {
  const runs = new Map<string, RoutingEntry[]>();
  for (const entry of entries) {
    const run = runs.get(entry.run);
    if (run) run.push(entry);
    else runs.set(entry.run, [entry]);
  }
  return [...runs.values()];
}

function reportSavings(runs: readonly Run[]): Omit<RoutingReport['savings'], 'comparisons_micro_usd'> {
  const priced = runs.flatMap((run) => {
    const cost = sumOrNull(run.map(costOf));
    const strong = run.find(({ isFinal }) => isFinal)?.strongMicroUsd ?? null;
    return cost === null || strong === null ? [] : [{ cost, strong }];
  });
  const cost = priced.reduce((sum, run) => sum + run.cost, 0);
  const strong = priced.reduce((sum, run) => sum + run.strong, 0);
  return {
    runs: priced.length,
    cost_micro_usd: cost,
    always_strong_micro_usd: strong,
    saved_share: strong === 0 ? null : 1 - cost / strong,
    unpriced_runs: runs.length - priced.length,
  };
}

/** Of an attempt with its judging. What did not answer is not known to have cost anything. */
function costOf({ costMicroUsd, judgeMicroUsd, error }: RoutingEntry): number | null {
  if (error !== null) return 0;
  return sumOrNull([costMicroUsd, judgeMicroUsd]);
}

function sumKnown(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function reportQuality(runs: readonly Run[]): RoutingReport['quality'] {
  const finals = runs.flatMap((run) => run.filter(({ isFinal, pass }) => isFinal && pass !== null));
  const attempts = runs.reduce((sum, run) => sum + run.length, 0);
  return {
    runs: finals.length,
    pass_rate: wilson(finals.filter(({ pass }) => pass === true).length, finals.length) ?? null,
    attempts_per_run: runs.length === 0 ? null : attempts / runs.length,
  };
}

function compareEnds(runs: readonly Run[]): TierComparison | NotEnoughData {
  const tasks = runs.flatMap(toCompared);
  if (tasks.length < MIN_COMPARED) {
    return {
      status: 'not_enough_data',
      have: tasks.length,
      need: MIN_COMPARED,
      how: 'Set orchestrator.run.compareShare: that share of the runs is also done by the weakest and the strongest tier. It costs their price.',
    };
  }
  return {
    status: 'ok',
    runs: tasks.length,
    weak_quality: rateOf(tasks, 'weakPass'),
    strong_quality: rateOf(tasks, 'strongPass'),
    routers: [
      figures('complexity', tasks, ({ score }) => score),
      figures('length', tasks, ({ words }) => words),
      figures('random', tasks, () => 0),
      constant('always_weak', tasks),
      constant('always_strong', tasks),
    ],
  };
}

/** A run that chance chose, and in which both ends of the ladder were judged. */
function toCompared(run: Run): readonly Compared[] {
  const first = run[0];
  const weak = run.find(({ tier, pass }) => tier === 0 && pass !== null);
  const strong = run.find(({ tier, tierCount, pass }) => tier === tierCount - 1 && pass !== null);
  if (!first?.isCompared || !weak || !strong) return [];
  return [
    {
      score: first.score,
      words: first.words,
      weakPass: weak.pass === true,
      strongPass: strong.pass === true,
      weakCost: weak.costMicroUsd,
      strongCost: strong.costMicroUsd,
    },
  ];
}

function rateOf(tasks: readonly Compared[], side: 'weakPass' | 'strongPass'): ReportedEstimate {
  return wilson(tasks.filter((task) => task[side]).length, tasks.length) ?? { value: 0, low: 0, high: 1 };
}

function figures(router: RouterFigures['router'], tasks: readonly Compared[], key: Router): RouterFigures {
  return {
    router,
    apgr: bootstrap(tasks, (sample) => averageGapRecovered(sample, key), SEED) ?? null,
    cost_at_95: bootstrap(tasks, (sample) => costOfEnough(sample, key), SEED) ?? null,
  };
}

/** One model for everything: nothing of the gap, or all of it, at its own cost. */
function constant(router: 'always_weak' | 'always_strong', tasks: readonly Compared[]): RouterFigures {
  const isStrong = router === 'always_strong';
  const weakShare = (sample: readonly Compared[]): number | undefined => {
    const weak = sumOrNull(sample.map(({ weakCost }) => weakCost));
    const strong = sumOrNull(sample.map(({ strongCost }) => strongCost));
    const isEnough = sample.filter(({ weakPass }) => weakPass).length >= 0.95 * sample.filter(({ strongPass }) => strongPass).length;
    return weak === null || strong === null || strong === 0 || !isEnough ? undefined : weak / strong;
  };
  const gap = (sample: readonly Compared[]): number | undefined => (averageGapRecovered(sample, () => 0) === undefined ? undefined : Number(isStrong));
  return {
    router,
    apgr: bootstrap(tasks, gap, SEED) ?? null,
    cost_at_95: isStrong ? { value: 1, low: 1, high: 1 } : (bootstrap(tasks, weakShare, SEED) ?? null),
  };
}

function calibrate(runs: readonly Run[]): readonly TierCalibration[] {
  const first = runs.flatMap((run) => run.find(({ pass }) => pass !== null) ?? []);
  const tiers = [...new Set(first.map(({ tier }) => tier))].toSorted((left, right) => left - right);
  return tiers.map((tier) => {
    const own = first.filter((entry) => entry.tier === tier);
    const passes = own.filter(({ pass }) => pass === true).length;
    return {
      tier,
      model: own.at(-1)?.model ?? '',
      first_attempts: own.length,
      pass_rate: wilson(passes, own.length) ?? null,
      passes_up_to_score: scoreOfEnough(own),
    };
  });
}

/** The highest score at which the fitted share of passes is still good enough. */
function scoreOfEnough(own: readonly RoutingEntry[]): number | null | NotEnoughData {
  if (own.length < MIN_FIRST_ATTEMPTS) return { status: 'not_enough_data', have: own.length, need: MIN_FIRST_ATTEMPTS, how: 'More runs are needed.' };
  const fit = falling(own.map(({ score, pass }) => ({ at: score, value: pass === true ? 1 : 0 })));
  return fit.findLast(({ value }) => value >= GOOD_ENOUGH)?.at ?? null;
}
