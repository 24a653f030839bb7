/** @module app/tasks/kill: the emergency brake, pulled from outside of the gateway. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { homePaths, resolveHome } from '../../config/home.ts';
import type { KillEntry, KillScope } from '../../contracts/policy.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { addKillEntry, clearKillFile, readKillFile, removeKillEntry } from '../../policy/kill-file.ts';
import { recordedAfter, recordedFirst, withFoundation, type TaskPlace } from './task.ts';

const TARGET = 'admin:kill-switch';
const EVENT = 'admin_action';
/** What can be switched off. */
export const KILL_SCOPES: readonly KillScope[] = ['all', 'client', 'principal', 'tool', 'upstream', 'profile', 'provider'];

/** What is switched off, oldest first. @throws AppError STORAGE_CORRUPT, HOME_INSECURE, STORAGE_UNAVAILABLE */
export function listSwitchedOff(place: TaskPlace): readonly KillEntry[] {
  return readKillFile(pathIn(place));
}

/**
 * Switches something off in every process of the home, within 200 ms. Needs nothing but the file:
 * works while the configuration is broken and while nothing can be recorded.
 *
 * @throws AppError INVALID_PARAMS, STORAGE_*, HOME_INSECURE when nothing was changed
 */
export async function switchOff(
  place: TaskPlace,
  entry: Pick<KillEntry, 'scope' | 'name' | 'reason'>,
): Promise<{ readonly entry: KillEntry; readonly unrecorded: AppError | undefined }> {
  const path = pathIn(place);
  // Also before the first start.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const made = await addKillEntry(path, entry, systemClock);
  const { id, scope, name, reason } = made;
  return { entry: made, unrecorded: await recordedAfter(place, { event: EVENT, target: TARGET, detail: { change: 'on', id, scope, name, reason } }) };
}

/** Lifts one entry; recorded first. @throws AppError INVALID_PARAMS when there is none with this id, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function switchOn(place: TaskPlace, id: string): Promise<void> {
  await withFoundation(place, (foundation) =>
    recordedFirst(foundation, { event: EVENT, target: TARGET, detail: { change: 'off', id } }, async () => {
      if (await removeKillEntry(foundation.home.killSwitch, id)) return;
      throw new AppError('INVALID_PARAMS', { message: `Nothing is switched off under ${id}.`, fix: '`switchyard kill ls` shows the ids.' });
    }),
  );
}

/** Lifts everything and mends a damaged file; recorded first. @throws AppError AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function switchAllOn(place: TaskPlace): Promise<void> {
  await withFoundation(place, (foundation) =>
    recordedFirst(foundation, { event: EVENT, target: TARGET, detail: { change: 'off', id: '*' } }, () => clearKillFile(foundation.home.killSwitch)),
  );
}

function pathIn({ home, env = process.env }: TaskPlace): string {
  return homePaths(resolveHome(home === undefined ? env : { ...env, SWITCHYARD_HOME: home })).killSwitch;
}
