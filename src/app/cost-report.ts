/** @module app/cost-report: what was used, by day, key, team or model, for the command line and the admin API alike. */
import type { SpendGrouping, SpendLedger, SpendSum } from '../contracts/spend.ts';
import type { Store } from '../contracts/store.ts';

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

const SPEND_GROUPING: Readonly<Record<CostGrouping, SpendGrouping>> = { day: 'day', key: 'principal', team: 'tenant', model: 'target' };

/** What is asked for. */
export interface CostQuery {
  readonly from: number;
  readonly to: number;
  readonly by: CostGrouping;
}

/** @throws AppError STORAGE_* */
export async function reportCost({ spend, apiKeys }: Pick<Store, 'spend' | 'apiKeys'>, { from, to, by }: CostQuery): Promise<CostReport> {
  const sums = await spend.report({ from, to, groupBy: [SPEND_GROUPING[by]] });
  const [total] = await spend.report({ from, to, groupBy: [] } satisfies Parameters<SpendLedger['report']>[0]);
  const names = by === 'key' ? new Map((await apiKeys.list()).map(({ id, name }) => [`key:${id}`, name])) : new Map<string, string>();
  return { from, to, by, lines: sums.map((sum) => toLine(sum, names)), total: total === undefined ? null : toLine(total, names) };
}

function toLine({ group, requests, inputTokens, outputTokens, costMicroUsd, ...counts }: SpendSum, names: ReadonlyMap<string, string>): CostLine {
  const [value = ''] = group;
  const isMeasured = counts.unmeasuredRequests < requests;
  return {
    group: value,
    name: names.get(value) ?? null,
    requests,
    inputTokens: isMeasured ? inputTokens : null,
    outputTokens: isMeasured ? outputTokens : null,
    costMicroUsd: counts.unpricedRequests < requests ? costMicroUsd : null,
    ...counts,
  };
}
