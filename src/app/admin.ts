/** @module app/admin: the operations of the gateway itself, as targets. */
import type { ApprovalPorts } from '../doors/admin/approval-targets.ts';
import { createAdminTargets } from '../doors/admin/admin-targets.ts';
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
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
  readonly approvals: () => ApprovalsConfig;
}

/** Metrics, runtime, status page. */
export function adminTargets({ foundation, guards, targets, limits, readiness, approvals }: AdminSources): readonly Target[] {
  const { clock, meter, home, store } = foundation;
  return createAdminTargets({
    clock,
    readiness,
    platform: targets.platform,
    clients: guards.clients,
    journal: targets.journal,
    load: () => limits().load(),
    metrics: () => meter.render(),
    cost: (query) => reportCost(store, query),
    approvals: approvalPorts(foundation, approvals),
    createLink: (principal) => guards.sessions.createLink(principal),
    killSwitches: () => readKillFile(home.killSwitch).map(({ scope, name, reason }) => ({ what: scope === 'all' ? 'everything' : `${scope} ${name}`, reason })),
  });
}

/** What waits for a person: looks at the files of the home, as the command line does. */
function approvalPorts(foundation: Foundation, settings: () => ApprovalsConfig): ApprovalPorts {
  return {
    approvals: async () => (await import('./approvals.ts')).approvalsOf(foundation, settings),
    record: async (decision, ids, decided) => {
      const { DECISION_EVENTS, describeDecision } = await import('./tasks/approvals.ts');
      const detail = { ids: ids.join(' ').slice(0, 1000), ...(decided ? describeDecision(decided) : {}) };
      const outcome = decided ? ({ phase: 'outcome', outcome: 'ok' } as const) : ({ phase: 'intent' } as const);
      await foundation.audit.append({ event: DECISION_EVENTS[decision], target: 'admin:approvals', at: foundation.clock.now(), detail, ...outcome });
    },
  };
}
