/** @module app/tasks/task: administrative work in a process of its own: a foundation for as long as it takes, every change recorded. */
import { DEFAULT_CONFIG } from '../../config/defaults.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { loadConfig } from '../../config/load.ts';
import type { AuditEvent } from '../../contracts/audit.ts';
import type { Store } from '../../contracts/store.ts';
import { systemClock } from '../../core/clock.ts';
import { type AppError, toAppError } from '../../core/errors.ts';
import { localPrincipal } from '../../identity/identity.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { layFoundation, type Foundation, type FoundationOptions } from '../foundation.ts';
import { createStore } from '../store.ts';

/** Where a task looks for configuration and state. */
export type TaskPlace = Pick<FoundationOptions, 'home' | 'configFile' | 'cwd' | 'env' | 'pendingSecrets'>;

/** What was changed, for the trail. */
export interface Change {
  readonly event: AuditEvent['event'];
  /** Such as `admin:kill-switch`. */
  readonly target: string;
  readonly detail: NonNullable<AuditEvent['detail']>;
}

/** Lays the foundation, works, and closes it whatever happened. @throws AppError CONFIG_*, HOME_INSECURE, STORAGE_*, and as the work does */
export async function withFoundation<T>(place: TaskPlace, work: (foundation: Foundation) => Promise<T>): Promise<T> {
  // The command tells what went wrong; only what nobody else reports is logged.
  const logger = createLogger({ level: 'error', isPretty: process.stderr.isTTY === true, clock: systemClock });
  const foundation = await layFoundation({ ...place, logger, storeWrites: 'direct' });
  try {
    return await work(foundation);
  } finally {
    await foundation.audit.close();
    await foundation.cluster?.close();
    await foundation.store.close();
  }
}

/**
 * The state store alone, for as long as it takes: also while the configuration is broken. Then it is the file of the home: what lies
 * on a server is not found there, and a task that looks for it says so. @throws AppError STORAGE_*, HOME_INSECURE
 */
export async function withStore<T>(place: TaskPlace, work: (store: Store) => T | Promise<T>): Promise<T> {
  const { env = process.env, cwd = process.cwd() } = place;
  const root = resolveHome(place.home === undefined ? env : { ...env, SWITCHYARD_HOME: place.home });
  const loaded = await loadConfig({ file: place.configFile, cwd, home: root, env }).catch(() => undefined);
  const store = await createStore(loaded?.config.storage ?? DEFAULT_CONFIG.storage, homePaths(root), systemClock, 'direct');
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * Records the intent, works, records the outcome. For changes that give somebody more: what cannot
 * be recorded is not done.
 *
 * @param describe what only the result tells, for the outcome
 * @throws AppError AUDIT_UNAVAILABLE before anything was changed, or as the work does
 */
export async function recordedFirst<T>(
  foundation: Foundation,
  change: Change,
  work: () => Promise<T>,
  describe: (result: T) => Change['detail'] = () => ({}),
): Promise<T> {
  const { audit, clock } = foundation;
  const base = recordOf(change);
  await audit.append({ ...base, phase: 'intent', at: clock.now() });
  try {
    const result = await work();
    await audit.append({ ...base, phase: 'outcome', at: clock.now(), outcome: 'ok', detail: { ...change.detail, ...describe(result) } });
    return result;
  } catch (thrown) {
    await audit.append({ ...base, phase: 'outcome', at: clock.now(), outcome: toAppError(thrown).code });
    throw thrown;
  }
}

/**
 * Records what has been done already. For changes that take something away and must work when
 * nothing else does: a broken configuration or a full disk does not stop the emergency brake.
 *
 * @returns why the change could not be recorded, or undefined
 */
export async function recordedAfter(place: TaskPlace, change: Change): Promise<AppError | undefined> {
  try {
    await withFoundation(place, async ({ audit, clock }) => {
      await audit.append({ ...recordOf(change), phase: 'outcome', at: clock.now(), outcome: 'ok' });
    });
    return undefined;
  } catch (thrown) {
    return toAppError(thrown, 'AUDIT_UNAVAILABLE');
  }
}

function recordOf({ event, target, detail }: Change): Omit<AuditEvent, 'phase' | 'at'> {
  return { event, target, detail, door: 'cli', source: 'stdio', principal: localPrincipal().id };
}
