/** @module app/cost-report: what was used, by day, key, team or model, for the command line and the admin API alike. */
import type { CostGrouping, CostLine, CostQuery, CostReport } from '../contracts/cost.ts';
import type { SpendGrouping, SpendLedger, SpendSum } from '../contracts/spend.ts';
import type { Store } from '../contracts/store.ts';

const SPEND_GROUPING: Readonly<Record<CostGrouping, SpendGrouping>> = { day: 'day', key: 'principal', team: 'tenant', model: 'target' };

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
