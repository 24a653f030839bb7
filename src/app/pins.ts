/** @module app/pins: where approved definitions lie, and the guard over them. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { replaceFile } from '../config/replace-file.ts';
import { labelOf } from '../config/locate.ts';
import type { PinGuard } from '../contracts/pins.ts';
import { createPinGuard } from '../upstreams/pins/guard.ts';
import { createPinStore, type PinStore } from '../upstreams/pins/pin-store.ts';
import type { Foundation } from './foundation.ts';

const LOCK_NAME = 'switchyard.lock';

/**
 * Path of the lock: beside the configuration file, to be committed with it; in the home where there is no file, or where
 * its folder cannot be written and holds no lock.
 */
export function lockPathOf({ loaded, home }: Pick<Foundation, 'loaded' | 'home'>): string {
  const inHome = join(home.root, LOCK_NAME);
  if (loaded.file === null) return inHome;
  const beside = join(dirname(loaded.file), LOCK_NAME);
  return existsSync(beside) || isWritable(dirname(loaded.file)) ? beside : inHome;
}

/** The lock and the quarantine of this home. Touches no file. */
export function pinStoreOf(foundation: Pick<Foundation, 'loaded' | 'home'>): PinStore {
  const lockPath = lockPathOf(foundation);
  const isInHome = !relative(foundation.home.root, lockPath).startsWith('..');
  return createPinStore({
    lockPath,
    label: isInHome ? LOCK_NAME : labelOf(lockPath, process.cwd()),
    folder: join(foundation.home.root, 'pins'),
    replace: replaceFile,
  });
}

/** The guard over the pins of this home. */
export function pinGuardOf(foundation: Pick<Foundation, 'loaded' | 'home' | 'audit' | 'clock' | 'logger'>): PinGuard {
  const { audit, clock, logger } = foundation;
  return createPinGuard({ store: pinStoreOf(foundation), audit, clock, logger });
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
