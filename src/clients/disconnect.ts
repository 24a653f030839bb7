/** @module clients/disconnect: takes a connection back, exactly where that is possible. */
import { rm } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import { fingerprint, modeOf, readConfigText, removeConfigFile, replaceConfigText } from './config-file.ts';
import type { ClientState } from './connect.ts';
import { readEntry, removeEntry, restoreEntry } from './edit.ts';
import { parseServerName } from './entries.ts';
import { factsOf, locateConfig } from './locations.ts';
import { readRecord, removeRecord, type ConnectRecord } from './record.ts';
import type { ClientId, ClientPlace, ClientScope } from './types.ts';

/**
 * What will happen: the bytes from before come back (`restored`, or `file-removed` when there was no
 * file), or, after edits by somebody else, only our entry goes (`entry-removed`) or gives way to the
 * one that stood there before (`entry-restored`); `nothing` when there is no entry.
 */
export type DisconnectKind = 'restored' | 'file-removed' | 'entry-removed' | 'entry-restored' | 'nothing';

/** A way back that has been thought out but not gone. */
export interface DisconnectPlan {
  readonly client: ClientId;
  readonly scope: ClientScope;
  readonly name: string;
  readonly path: string;
  readonly kind: DisconnectKind;
  readonly before: string | null;
  /** Null = the file goes. */
  readonly after: string | null;
  /** Permission bits for the file; undefined = as they are. */
  readonly mode: number | undefined;
  /** A backup that is not needed any more and will be removed, or one that stays since the file was edited. */
  readonly backupPath: string | null;
  readonly madeDirectory: string | null;
  readonly notes: readonly string[];
}

/** The text before we came, if the backup is there and unharmed; null = there was no file. */
async function readOriginal(record: ConnectRecord): Promise<string | null | undefined> {
  if (record.before === null) return null;
  if (record.backup === null) return undefined;
  const text = await readConfigText(record.backup).catch(() => null);
  return text !== null && fingerprint(text) === record.before ? text : undefined;
}

/** Whether the client's file has a server of this name. @throws AppError CLIENT_CONFIG_INVALID */
export async function hasServer(place: ClientPlace, name: string): Promise<boolean> {
  const target = { client: place.client, path: locateConfig(place), name };
  const text = await readConfigText(target.path);
  return text !== null && readEntry(target, text) !== undefined;
}

/**
 * Reads file, record and backup and says what disconnecting will do.
 *
 * @throws AppError CLIENT_CONFIG_INVALID when the file has been edited since and cannot be understood
 */
export async function prepareDisconnect(place: ClientPlace & { readonly name?: string | undefined }, { stateDirectory }: ClientState): Promise<DisconnectPlan> {
  const { client, scope } = place;
  const target = { client, scope, name: parseServerName(place.name), path: locateConfig(place) };
  const before = await readConfigText(target.path);
  const record = await readRecord(stateDirectory, target);
  const original = record && (await readOriginal(record));
  const base = { ...target, before, mode: undefined, backupPath: record?.backup ?? null, madeDirectory: record?.madeDirectory ?? null };
  if (before !== null && record?.isRestorable && original !== undefined && fingerprint(before) === record.after) {
    return {
      ...base,
      kind: original === null ? 'file-removed' : 'restored',
      after: original,
      mode: record.beforeMode ?? undefined,
      notes: [factsOf(client).afterwards],
    };
  }
  if (before === null || readEntry(target, before) === undefined) return { ...base, kind: 'nothing', after: before, notes: [] };
  const earlier = record?.isRestorable && typeof original === 'string' ? restoreEntry(target, before, original) : undefined;
  const notes = [
    record ? 'The file was edited since it was connected: only our entry is taken back.' : 'There is no record of the connection: only the entry is removed.',
    ...(record?.backup ? [`The backup stays: ${record.backup}`] : []),
    factsOf(client).afterwards,
  ];
  return { ...base, kind: earlier === undefined ? 'entry-removed' : 'entry-restored', after: earlier ?? removeEntry(target, before, original), notes };
}

/** Does it, and forgets the connection. @throws AppError CLIENT_CONFIG_BUSY when the file is no longer what the plan saw, or cannot be written */
export async function applyDisconnect(plan: DisconnectPlan, { stateDirectory }: ClientState): Promise<void> {
  const { path, before, after, kind } = plan;
  if ((await readConfigText(path)) !== before) throw new AppError('CLIENT_CONFIG_BUSY', { message: `${path} changed meanwhile. Nothing was written.` });
  if (kind === 'file-removed') await removeConfigFile(path, plan.madeDirectory);
  else if (after !== null && after !== before) await replaceConfigText(path, after, plan.mode ?? (await modeOf(path)) ?? 0o600);
  if (plan.backupPath !== null && kind === 'restored') await rm(plan.backupPath, { force: true });
  await removeRecord(stateDirectory, plan);
}
