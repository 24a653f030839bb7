/** @module app/tasks/cost: what was used, read from outside of the gateway. */
import type { CostGrouping, CostReport } from '../../contracts/cost.ts';
import { systemClock } from '../../core/clock.ts';
import { reportCost } from '../cost-report.ts';
import { withStore, type TaskPlace } from './task.ts';

/** The report of a home, up to now. What a running gateway used in the last second may be missing. @throws AppError STORAGE_* */
export async function costOfHome(place: TaskPlace, sinceSeconds: number, by: CostGrouping): Promise<CostReport> {
  const to = systemClock.now();
  return await withStore(place, (store) => reportCost(store, { from: to - sinceSeconds * 1_000, to, by }));
}
