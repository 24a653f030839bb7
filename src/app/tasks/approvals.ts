/** @module app/tasks/approvals: definitions that wait for a person, decided from outside of the gateway. */
import type { ShownUpstream } from '../../contracts/approvals.ts';
import type { PendingApproval } from '../../contracts/pins.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { loadConfig } from '../../config/load.ts';
import { createApprovals } from '../../upstreams/pins/approvals.ts';
import { pinStoreOf } from '../pins.ts';
import { recordedFirst, withFoundation, type TaskPlace } from './task.ts';

/** Audit events of the decisions. */
export const DECISION_EVENTS = { approve: 'approval_granted', reject: 'approval_refused' } as const;

/** What waits, by upstream. Changes nothing. @throws AppError CONFIG_*, PINS_INVALID, STORAGE_* */
export async function listApprovals({ home: given, configFile, cwd = process.cwd(), env = process.env }: TaskPlace): Promise<readonly ShownUpstream[]> {
  const root = resolveHome(given === undefined ? env : { ...env, SWITCHYARD_HOME: given });
  const loaded = await loadConfig({ file: configFile, cwd, home: root, env });
  return createApprovals(pinStoreOf({ loaded, home: homePaths(root) })).list();
}

/**
 * Approves or refuses what the ids stand for; recorded first. A running gateway follows within 250 ms.
 *
 * @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PINS_INVALID, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_*
 */
export async function decideApprovals(place: TaskPlace, decision: 'approve' | 'reject', ids: readonly string[]): Promise<readonly PendingApproval[]> {
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: DECISION_EVENTS[decision], target: 'admin:approvals', detail: { ids: ids.join(' ').slice(0, 1000) } },
      async () => await createApprovals(pinStoreOf(foundation)).decide(decision, ids),
      describeDecision,
    ),
  );
}

/** What was decided, for the trail: names and hashes. */
export function describeDecision(decided: readonly PendingApproval[]): Readonly<Record<string, string | number>> {
  const names = decided.map(({ upstream, kind, name, hash }) => `${upstream} ${kind} ${name} ${hash?.slice(0, 23) ?? ''}`);
  return { count: decided.length, definitions: names.join('; ').slice(0, 2000) };
}
