/** @module app/admin: the operations of the gateway itself, as targets. */
import { createAdminTargets } from '../doors/admin/admin-targets.ts';
import type { Limits } from '../contracts/limits.ts';
import type { Readiness } from '../contracts/readiness.ts';
import type { Target } from '../contracts/target.ts';
import { readKillFile } from '../policy/kill-file.ts';
import { reportCost } from './cost-report.ts';
import type { Foundation } from './foundation.ts';
import type { Guards } from './guards.ts';
import type { Targets } from './targets.ts';

/** Where the operations look. */
export interface AdminSources {
  readonly foundation: Foundation;
  readonly guards: Guards;
  readonly targets: Targets;
  readonly limits: () => Pick<Limits, 'load'>;
  readonly readiness: Readiness;
}

/** Metrics, runtime, status page. */
export function adminTargets({ foundation: { clock, meter, home, store }, guards, targets, limits, readiness }: AdminSources): readonly Target[] {
  return createAdminTargets({
    clock,
    readiness,
    platform: targets.platform,
    clients: guards.clients,
    journal: targets.journal,
    load: () => limits().load(),
    metrics: () => meter.render(),
    cost: (query) => reportCost(store, query),
    createLink: (principal) => guards.sessions.createLink(principal),
    killSwitches: () => readKillFile(home.killSwitch).map(({ scope, name, reason }) => ({ what: scope === 'all' ? 'everything' : `${scope} ${name}`, reason })),
  });
}
