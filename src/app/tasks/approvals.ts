/** @module app/tasks/approvals: definitions and calls that wait for a person, decided from outside of the gateway. */
import type { ApprovalQueue, DecidedApproval, DecisionTerms } from '../../contracts/approvals.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../core/clock.ts';
import { localPrincipal } from '../../identity/identity.ts';
import { approvalsOf } from '../approvals.ts';
import { secretLookup, secretsOf } from '../secrets.ts';
import { recordedFirst, withFoundation, type TaskPlace } from './task.ts';

/** Audit events of the decisions. */
export const DECISION_EVENTS = { approve: 'approval_granted', reject: 'approval_refused' } as const;

/** What waits. Changes nothing. @throws AppError CONFIG_*, PINS_INVALID, STORAGE_* */
export async function listApprovals({ home: given, configFile, cwd = process.cwd(), env = process.env }: TaskPlace): Promise<ApprovalQueue> {
  const root = resolveHome(given === undefined ? env : { ...env, SWITCHYARD_HOME: given });
  const loaded = await loadConfig({ file: configFile, cwd, home: root, env, secrets: secretLookup(secretsOf(root, env)) });
  return approvalsOf({ loaded, home: homePaths(root), clock: systemClock }, () => loaded.config.approvals).list();
}

/**
 * Approves or refuses what the ids stand for; recorded first. A running gateway follows within 250 ms.
 *
 * @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PERMISSION_DENIED for one's own call, PINS_INVALID, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_*
 */
export async function decideApprovals(
  place: TaskPlace,
  decision: 'approve' | 'reject',
  ids: readonly string[],
  terms: Omit<DecisionTerms, 'by'> = {},
): Promise<readonly DecidedApproval[]> {
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: DECISION_EVENTS[decision], target: 'admin:approvals', detail: { ids: ids.join(' ').slice(0, 1000) } },
      async () => await approvalsOf(foundation, () => foundation.loaded.config.approvals).decide(decision, ids, { ...terms, by: localPrincipal().id }),
      describeDecision,
    ),
  );
}

/** What was decided, for the trail: names and hashes. */
export function describeDecision(decided: readonly DecidedApproval[]): Readonly<Record<string, string | number>> {
  const names = decided.map(({ upstream, kind, name, hash }) => `${upstream ?? ''} ${kind} ${name} ${hash?.slice(0, 23) ?? ''}`.trim());
  return { count: decided.length, decided: names.join('; ').slice(0, 2000) };
}
