/** @module contracts/routing-report: what routing is worth, as the journal shows it. Field names are those of the JSON. */

/** A value with its 95 % interval. */
export interface ReportedEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Says what is missing instead of a number that would mean nothing. */
export interface NotEnoughData {
  readonly status: 'not_enough_data';
  readonly have: number;
  readonly need: number;
  readonly how: string;
}

/** How one way of routing does. Null = not defined (the strong tier is not better) or not known (prices). */
export interface RouterFigures {
  readonly router: 'complexity' | 'random' | 'length' | 'always_weak' | 'always_strong';
  /** Average part of the gap between weakest and strongest tier that is closed, over all shares of tasks. */
  readonly apgr: ReportedEstimate | null;
  /** Cost at 95 % of the strongest tier's quality, as a share of its cost; above 1 or null = not reached. */
  readonly cost_at_95: ReportedEstimate | null;
}

/** Weakest against strongest tier, on the runs that chance chose for it. */
export interface TierComparison {
  readonly status: 'ok';
  readonly runs: number;
  readonly weak_quality: ReportedEstimate;
  readonly strong_quality: ReportedEstimate;
  readonly routers: readonly RouterFigures[];
}

/** First attempts of one tier. */
export interface TierCalibration {
  /** 0 = the weakest. */
  readonly tier: number;
  readonly model: string;
  readonly first_attempts: number;
  readonly pass_rate: ReportedEstimate | null;
  /** The score up to which its first attempts pass often enough; null = at none. */
  readonly passes_up_to_score: number | null | NotEnoughData;
}

/** The whole report. */
export interface RoutingReport {
  /** Epoch milliseconds of the first and the last run; null = there is none. */
  readonly from: number | null;
  readonly to: number | null;
  readonly runs: number;
  /** Left out: simulated providers prove nothing. */
  readonly simulated_runs: number;
  readonly unreadable_lines: number;
  readonly savings: {
    /** Runs whose cost is known in every part, and with it all figures here. */
    readonly runs: number;
    readonly cost_micro_usd: number;
    /** What the tokens of the answers would have cost at the strongest tier, without judging. */
    readonly always_strong_micro_usd: number;
    /** Negative = routing cost more; null = nothing to compare with. */
    readonly saved_share: number | null;
    readonly unpriced_runs: number;
    /** What the comparisons cost beside it, as far as it is known. */
    readonly comparisons_micro_usd: number;
  };
  readonly quality: {
    /** Runs whose answer was judged. */
    readonly runs: number;
    /** By the verdicts of checks and judge, which are no truth. */
    readonly pass_rate: ReportedEstimate | null;
    readonly attempts_per_run: number | null;
  };
  readonly comparison: TierComparison | NotEnoughData;
  readonly calibration: readonly TierCalibration[];
}
