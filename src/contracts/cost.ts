/** @module contracts/cost: reports of what calls of models used, as people read them. */

/** By what a report groups, as people call it. */
export const COST_GROUPINGS = ['day', 'key', 'team', 'model'] as const;

/** By what a report groups. `key` = the principal, whatever its kind. */
export type CostGrouping = (typeof COST_GROUPINGS)[number];

/** One line; null = not known. */
export interface CostLine {
  /** A day (2026-11-21), the id of a principal, a tenant (empty = none) or `provider/model`. */
  readonly group: string;
  /** Name of the key, where the group is one that is there. */
  readonly name: string | null;
  readonly requests: number;
  /** Of the requests whose tokens are known; null where none are. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Of the requests whose price is known; null where none are. */
  readonly costMicroUsd: number | null;
  readonly unpricedRequests: number;
  readonly unmeasuredRequests: number;
  readonly estimatedRequests: number;
}

/** A report. */
export interface CostReport {
  /** Epoch milliseconds; the hours that both lie in count whole. */
  readonly from: number;
  readonly to: number;
  readonly by: CostGrouping;
  readonly lines: readonly CostLine[];
  /** Without group and name; null where there is no request. */
  readonly total: CostLine | null;
}

/** What is asked for. */
export interface CostQuery {
  readonly from: number;
  readonly to: number;
  readonly by: CostGrouping;
}
