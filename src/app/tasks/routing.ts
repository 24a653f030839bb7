/** @module app/tasks/routing: what routing is worth, read from the journal in the home. */
import type { RoutingReport } from '../../contracts/routing-report.ts';
import { reportRouting } from '../../models/orchestrator/report.ts';
import { routingJournalOf } from '../orchestrator.ts';
import { withFoundation, type TaskPlace } from './task.ts';

/** Of the runs that began in the last so many seconds. @throws AppError CONFIG_*, HOME_INSECURE, STORAGE_UNAVAILABLE */
export async function routingReport(place: TaskPlace, sinceSeconds: number): Promise<RoutingReport> {
  return await withFoundation(place, async (foundation) => {
    const { entries, unreadable } = routingJournalOf(foundation).read();
    const from = foundation.clock.now() - sinceSeconds * 1000;
    return reportRouting(
      entries.filter(({ at }) => at >= from),
      unreadable,
    );
  });
}
