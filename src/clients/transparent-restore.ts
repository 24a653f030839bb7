/** @module clients/transparent-restore: takes a transparent connection back, whole where that is possible, else entry by entry. */
import { rm } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import { fingerprint, modeOf, readConfigText, removeConfigFile, replaceConfigText } from './config-file.ts';
import type { ClientState } from './connect.ts';
import { readEntry, removeEntry, restoreEntry } from './edit.ts';
import { factsOf, locateConfig } from './locations.ts';
import { readTransparentRecord, removeTransparentRecord, type ReplacedEntry, type TransparentRecord } from './transparent-record.ts';
import { writtenIn } from './transparent.ts';
import type { ClientPlace } from './types.ts';

/** `restored` (the bytes from before), `file-removed` (there was no file), or `entries-restored` after edits by somebody else. */
export interface RestorePlan {
  readonly kind: 'restored' | 'file-removed' | 'entries-restored';
  readonly record: TransparentRecord;
  readonly before: string | null;
  /** Null = the file goes. */
  readonly after: string | null;
  /** Backups that are not needed any more and will be removed. */
  readonly spent: readonly string[];
  readonly notes: readonly string[];
}

/**
 * What taking it back will do; undefined where nothing was connected so.
 *
 * @throws AppError CLIENT_CONFIG_INVALID when the file was edited since and cannot be understood
 */
export async function prepareRestore(place: ClientPlace, { stateDirectory }: ClientState): Promise<RestorePlan | undefined> {
  const { client, scope } = place;
  const path = locateConfig(place);
  const record = readTransparentRecord(stateDirectory, { client, scope, path });
  if (!record) return undefined;
  const before = await readConfigText(path);
  const backups = [...new Set([...record.entries.flatMap(({ backup }) => backup ?? []), ...(record.whole?.backup ? [record.whole.backup] : [])])];
  const notes = [factsOf(client).afterwards];
  const { whole } = record;
  if (whole && before !== null && fingerprint(before) === record.after) {
    const original = whole.backup === null ? null : await readConfigText(whole.backup).catch(() => null);
    if (whole.fingerprint === null) return { kind: 'file-removed', record, before, after: null, spent: backups, notes };
    if (original !== null && fingerprint(original) === whole.fingerprint) return { kind: 'restored', record, before, after: original, spent: backups, notes };
  }
  const { text, kept } = await restoreEntries(record, before ?? '');
  return {
    kind: 'entries-restored',
    record,
    before,
    after: before === null ? null : text,
    spent: [],
    notes: [
      'The file was edited since it was connected: only the entries are brought back.',
      ...kept.map((name) => `${name} was changed since and stays as it is.`),
      ...(backups.length > 0 ? [`The backups stay: ${backups.join(', ')}`] : []),
      ...notes,
    ],
  };
}

async function restoreEntries(
  { client, path, entries }: TransparentRecord,
  text: string,
): Promise<{ readonly text: string; readonly kept: readonly string[] }> {
  const kept: string[] = [];
  let restored = text;
  for (const entry of entries) {
    const target = { client, path, name: entry.name };
    const present = readEntry(target, restored);
    if (present === undefined) continue;
    if (writtenIn(present) !== entry.written) kept.push(entry.name);
    else restored = (await earlierText(entry, (earlier) => restoreEntry(target, restored, earlier))) ?? removeEntry(target, restored, undefined);
  }
  return { text: restored, kept };
}

async function earlierText({ backup }: ReplacedEntry, restore: (earlier: string) => string | undefined): Promise<string | undefined> {
  const earlier = backup === null ? null : await readConfigText(backup).catch(() => null);
  return earlier === null ? undefined : restore(earlier);
}

/** Does it, and forgets the connection. @throws AppError CLIENT_CONFIG_BUSY when the file is no longer what the plan saw, or cannot be written */
export async function applyRestore({ kind, record, before, after, spent }: RestorePlan, { stateDirectory }: ClientState): Promise<void> {
  const { path, whole } = record;
  if ((await readConfigText(path)) !== before) throw new AppError('CLIENT_CONFIG_BUSY', { message: `${path} changed meanwhile. Nothing was written.` });
  if (kind === 'file-removed') await removeConfigFile(path, whole?.madeDirectory ?? null);
  else if (after !== null && after !== before)
    await replaceConfigText(path, after, (kind === 'restored' ? whole?.mode : null) ?? (await modeOf(path)) ?? 0o600);
  for (const backup of spent) await rm(backup, { force: true });
  await removeTransparentRecord(stateDirectory, record);
}
