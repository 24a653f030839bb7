/** @module clients/transparent: a client's own entries lead through the gateway, under the names they have: permission rules go on working. */
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { makeBackup } from './backup.ts';
import { fingerprint, modeOf, readConfigText, replaceConfigText } from './config-file.ts';
import { modeFor, type ClientState, type ConnectOutcome } from './connect.ts';
import { printSnippet, readEntry, setEntry } from './edit.ts';
import { entryNamed, TRANSPORT_MEMBERS } from './entries.ts';
import { factsOf, locateConfig } from './locations.ts';
import { readTransparentRecord, writeTransparentRecord, type ReplacedEntry, type TransparentRecord } from './transparent-record.ts';
import type { ClientId, ClientPlace, ClientScope, ConnectRequest } from './types.ts';

/** One entry, with the way through the gateway that it gets. */
export interface TransparentServer {
  /** As the client calls it; any text. */
  readonly name: string;
  readonly upstream: string;
  readonly request: ConnectRequest;
}

/** A change that has been thought out but not made. */
export interface TransparentPlan {
  readonly client: ClientId;
  readonly scope: ClientScope;
  readonly path: string;
  /** Null = there is no file. */
  readonly before: string | null;
  /** May hold other people's secrets: show `snippet` instead. */
  readonly after: string;
  readonly servers: readonly TransparentServer[];
  readonly snippet: string;
  readonly holdsSecret: boolean;
  readonly notes: readonly string[];
}

/**
 * What would change. Only how the servers are reached is replaced; what else a person has written in an entry stays. An entry
 * that was taken out of the file since it was imported is not put back.
 *
 * @throws AppError CLIENT_CONFIG_INVALID, USAGE when the client cannot do what is asked, or none of the entries is there
 */
export async function prepareTransparent(place: ClientPlace, imported: readonly TransparentServer[]): Promise<TransparentPlan> {
  const { client, scope } = place;
  const path = locateConfig(place);
  const before = await readConfigText(path);
  const isThere = ({ name }: TransparentServer): boolean => before !== null && readEntry({ client, path, name }, before) !== undefined;
  const servers = imported.filter(isThere);
  if (servers.length === 0) {
    throw new AppError('USAGE', {
      message: `${path} has none of the entries any more that were imported from it (${imported.map(({ name }) => name).join(', ')}).`,
      fix: '`switchyard connect` without --transparent adds one entry for everything.',
    });
  }
  const entries = servers.map((server) => ({ target: { client, path, name: server.name }, entry: entryNamed(server.name, server.request) }));
  const after = entries.reduce((text, { target, entry }) => setEntry(target, text, entry), before ?? '');
  return {
    client,
    scope,
    path,
    before,
    after,
    servers,
    snippet: entries.map(({ target, entry }) => printSnippet(target, entry).trimEnd()).join('\n'),
    holdsSecret: entries.some(({ entry }) => entry.hasLiteralSecret),
    notes: [
      ...imported.filter((server) => !isThere(server)).map(({ name }) => `${name} is not in the file any more: it is not put back.`),
      ...(client === 'claude-code' && scope === 'user' ? ['A running Claude Code rewrites this file. Close it first.'] : []),
      factsOf(client).afterwards,
    ],
  };
}

/** Fingerprint of how the entry says that its server is reached. */
export function writtenIn(entry: JsonObject | undefined): string {
  const members = Object.entries(entry ?? {}).filter(([key]) => TRANSPORT_MEMBERS.has(key));
  return fingerprint(JSON.stringify(members.toSorted(([one], [other]) => (one < other ? -1 : 1))));
}

/**
 * Writes what the plan says, with a backup beside the file and a record for the way back.
 *
 * @throws AppError CLIENT_CONFIG_BUSY when the file is no longer what the plan saw, or cannot be written
 */
export async function applyTransparent(plan: TransparentPlan, { stateDirectory, clock = systemClock }: ClientState): Promise<ConnectOutcome> {
  const { client, scope, path, before, after } = plan;
  if ((await readConfigText(path)) !== before)
    throw new AppError('CLIENT_CONFIG_BUSY', { message: `${path} changed while the connection was planned. Nothing was written.` });
  if (after === before) return { path, isChanged: false, backupPath: null };
  const known = readTransparentRecord(stateDirectory, plan);
  const present = await modeOf(path);
  const record = (backup: string | null, madeDirectory: string | null): TransparentRecord => ({
    client,
    scope,
    path,
    after: fingerprint(after),
    whole: wholeOf(plan, known, { backup, mode: present ?? null, madeDirectory }),
    entries: entriesOf(plan, known, backup),
  });
  // Where everything in the file is ours already, the way back leads over the first backup: another one would stay for ever.
  const isNeeded = namesBackup(record(UNMADE, null), UNMADE);
  const backup = before === null || !isNeeded ? null : await makeBackup(path, before, clock.now());
  // The record first: a file that was changed without one could not be brought back.
  writeTransparentRecord(stateDirectory, record(backup, null));
  const made = await replaceConfigText(path, after, modeFor(plan, present));
  if (made !== null) writeTransparentRecord(stateDirectory, record(backup, made));
  return { path, isChanged: true, backupPath: backup };
}

/** Stands for a backup that has no path yet. */
const UNMADE = '';

function namesBackup({ whole, entries }: TransparentRecord, path: string): boolean {
  return whole?.backup === path || entries.some(({ backup }) => backup === path);
}

type Whole = NonNullable<TransparentRecord['whole']>;

/** The first state comes back whole as long as nobody else has edited the file in between. */
function wholeOf({ before }: TransparentPlan, known: TransparentRecord | undefined, now: Omit<Whole, 'fingerprint'>): TransparentRecord['whole'] {
  if (!known) return { ...now, fingerprint: before === null ? null : fingerprint(before) };
  return before !== null && fingerprint(before) === known.after ? known.whole : null;
}

/** An entry that is ours already keeps the way to what stood there before us. */
function entriesOf(
  { client, path, before, after, servers }: TransparentPlan,
  known: TransparentRecord | undefined,
  backup: string | null,
): readonly ReplacedEntry[] {
  const replaced = servers.map(({ name }): ReplacedEntry => {
    const target = { client, path, name };
    const present = before === null ? undefined : readEntry(target, before);
    const earlier = known?.entries.find((entry) => entry.name === name);
    const isOurs = earlier !== undefined && present !== undefined && earlier.written === writtenIn(present);
    const origin = isOurs ? earlier.backup : present === undefined ? null : backup;
    return { name, written: writtenIn(readEntry(target, after)), backup: origin };
  });
  const others = known?.entries.filter((entry) => !servers.some(({ name }) => name === entry.name)) ?? [];
  return [...others, ...replaced];
}
