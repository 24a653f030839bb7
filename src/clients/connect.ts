/** @module clients/connect: makes a planned connection. */
import { AppError } from '../core/errors.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { makeBackup } from './backup.ts';
import { fingerprint, modeOf, readConfigText, replaceConfigText } from './config-file.ts';
import { readEntry } from './edit.ts';
import { locateConfig } from './locations.ts';
import { planConnect } from './plan.ts';
import { readRecord, writeRecord, type ConnectRecord } from './record.ts';
import type { ConnectPlan, ConnectRequest } from './types.ts';

/** Where connections are remembered. */
export interface ClientState {
  /** Folder for the records, such as `<SWITCHYARD_HOME>/clients`; made when missing. */
  readonly stateDirectory: string;
  readonly clock?: Clock | undefined;
}

/** What happened. */
export interface ConnectOutcome {
  readonly path: string;
  /** False: the file said all of it already. */
  readonly isChanged: boolean;
  /** The backup beside the file; null when there was no file, or nothing changed. */
  readonly backupPath: string | null;
}

/** Reads the client's file and plans with it. @throws AppError as {@link planConnect} and CLIENT_CONFIG_INVALID */
export async function prepareConnect(request: ConnectRequest): Promise<ConnectPlan> {
  return planConnect(request, await readConfigText(locateConfig(request)));
}

type Past = Pick<ConnectRecord, 'before' | 'beforeMode' | 'backup' | 'isRestorable' | 'madeDirectory'>;

/** What must be brought back one day: what we found at the first of several connections in a row. */
async function rememberPast(plan: ConnectPlan, known: ConnectRecord | undefined, epochMs: number): Promise<Past> {
  if (plan.before === null) return { before: null, beforeMode: null, backup: null, isRestorable: true, madeDirectory: null };
  if (known?.after === fingerprint(plan.before)) return known;
  const hasOwnEntry = known !== undefined && readEntry(plan, plan.before) !== undefined;
  return {
    before: fingerprint(plan.before),
    beforeMode: (await modeOf(plan.path)) ?? null,
    backup: await makeBackup(plan.path, plan.before, epochMs),
    isRestorable: !hasOwnEntry,
    madeDirectory: null,
  };
}

/** New files of a person are private; a project's file is as readable as the other ones there. A key in the clear is never readable by others. */
export function modeFor(plan: Pick<ConnectPlan, 'holdsSecret' | 'scope'>, present: number | undefined): number {
  if (plan.holdsSecret) return 0o600;
  return present ?? (plan.scope === 'user' ? 0o600 : 0o644);
}

/**
 * Writes what the plan says: backup beside the file (0600, with the time in its name), file replaced
 * atomically, record for `disconnect`. Nothing happens when the file says it already.
 *
 * @throws AppError CLIENT_CONFIG_BUSY when the file is no longer what the plan saw, or cannot be written
 */
export async function applyPlan(plan: ConnectPlan, { stateDirectory, clock = systemClock }: ClientState): Promise<ConnectOutcome> {
  if ((await readConfigText(plan.path)) !== plan.before)
    throw new AppError('CLIENT_CONFIG_BUSY', { message: `${plan.path} changed while the connection was planned. Nothing was written.` });
  if (plan.after === plan.before) return { path: plan.path, isChanged: false, backupPath: null };
  const past = await rememberPast(plan, await readRecord(stateDirectory, plan), clock.now());
  const made = await replaceConfigText(plan.path, plan.after, modeFor(plan, await modeOf(plan.path)));
  const { client, scope, name, path } = plan;
  const { before, beforeMode, backup, isRestorable, madeDirectory } = past;
  await writeRecord(stateDirectory, {
    version: 1,
    client,
    scope,
    name,
    path,
    connectedAt: clock.now(),
    before,
    beforeMode,
    after: fingerprint(plan.after),
    backup,
    isRestorable,
    madeDirectory: made ?? madeDirectory,
  });
  return { path, isChanged: true, backupPath: backup };
}
