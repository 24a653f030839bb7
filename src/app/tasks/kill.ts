/** @module app/tasks/kill: the emergency brake, pulled from outside of the gateway. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { homePaths, resolveHome } from '../../config/home.ts';
import type { KillEntry } from '../../contracts/policy.ts';

import { systemClock } from '../../core/clock.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { addKillEntry, clearKillFile, isEmpty, lackingIn, readKillFile, readKillState, removeKillEntry } from '../../policy/kill-file.ts';
import type { Foundation } from '../foundation.ts';
import { recordedAfter, recordedFirst, withFoundation, type TaskPlace } from './task.ts';

const TARGET = 'admin:kill-switch';
const EVENT = 'admin_action';

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
): Promise<{ readonly entry: KillEntry; readonly unrecorded: AppError | undefined; readonly untold: readonly AppError[] }> {
  const path = pathIn(place);
  // Also before the first start.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const made = await addKillEntry(path, entry, systemClock);
  const { id, scope, name, reason } = made;
  const untold = await tellNodes(place);
  return { entry: made, unrecorded: await recordedAfter(place, { event: EVENT, target: TARGET, detail: { change: 'on', id, scope, name, reason } }), untold };
}

/** Lifts one entry; recorded first. @throws AppError INVALID_PARAMS when there is none with this id, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function switchOn(place: TaskPlace, id: string): Promise<void> {
  await withFoundation(place, (foundation) =>
    recordedFirst(foundation, { event: EVENT, target: TARGET, detail: { change: 'off', id } }, async () => {
      if (await removeKillEntry(foundation.home.killSwitch, id, foundation.clock)) return void (await tellAll(foundation));
      throw new AppError('INVALID_PARAMS', { message: `Nothing is switched off under ${id}.`, fix: '`switchyard kill ls` shows the ids.' });
    }),
  );
}

/**
 * Lifts everything, also what other nodes have switched off, and mends a damaged file; recorded first.
 *
 * @throws AppError AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_*, the last also where the other nodes' switches cannot be read: they would come back
 */
export async function switchAllOn(place: TaskPlace): Promise<void> {
  await withFoundation(place, (foundation) =>
    recordedFirst(foundation, { event: EVENT, target: TARGET, detail: { change: 'off', id: '*' } }, async () => {
      const there = await Promise.all((foundation.cluster?.kill ?? []).map((shared) => shared.read()));
      await clearKillFile(
        foundation.home.killSwitch,
        foundation.clock,
        there.flatMap(({ entries }) => entries),
      );
      await tellAll(foundation);
    }),
  );
}

/** Leaves the state of this home where other nodes see it, whether or not a gateway runs here. @returns what was not reached, and why */
async function tellNodes(place: TaskPlace): Promise<readonly AppError[]> {
  try {
    return await withFoundation(place, tellAll);
  } catch {
    // A broken configuration does not stop the emergency brake; what it would have named is not known.
    return [];
  }
}

async function tellAll({ home, cluster }: Foundation): Promise<readonly AppError[]> {
  const told = await Promise.all(
    (cluster?.kill ?? []).map(async (shared) => {
      try {
        const lacking = lackingIn(await shared.read(), readKillState(home.killSwitch));
        if (!isEmpty(lacking)) await shared.add(lacking);
        return [];
      } catch (thrown) {
        return [toAppError(thrown)];
      }
    }),
  );
  return told.flat();
}

function pathIn({ home, env = process.env }: TaskPlace): string {
  return homePaths(resolveHome(home === undefined ? env : { ...env, SWITCHYARD_HOME: home })).killSwitch;
}
