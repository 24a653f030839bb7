/** @module audit/tail: records as they are written, by any process of the home. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditRecord } from '../contracts/audit.ts';
import { systemClock } from '../core/clock.ts';
import { endOfLines, readLines } from './lines.ts';
import { queryAudit } from './query.ts';
import { parseRecord, timeOf } from './records.ts';
import { isMissing, listSegments } from './segment-name.ts';

/** What to show. */
export interface TailOptions {
  readonly directories: readonly string[];
  /** Records from before to begin with. Default 10. */
  readonly last?: number | undefined;
  /** False = end after those. Default true. */
  readonly isFollowing?: boolean | undefined;
  /** Milliseconds between looks. Default 250. */
  readonly pollMs?: number | undefined;
  /** Ends the sequence quietly. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The last records, then every new one, checkpoints left out. New records of one look come in the
 * order of time. The folders are looked at again and again: watching them would miss changes on
 * network file systems. Errors of the file system pass through.
 */
export async function* tailAudit(options: TailOptions): AsyncGenerator<AuditRecord, void, undefined> {
  const { directories, last = 10, isFollowing = true, pollMs = 250, signal } = options;
  // Positions first: what is written between the two looks is then seen twice, and `shown` tells.
  const positions = new Map<string, number>();
  if (isFollowing) await skipToEnds(directories, positions);
  const shown = new Set<string>();
  const before: AuditRecord[] = [];
  for await (const record of queryAudit(directories, { limit: last })) before.push(record);
  for (const record of before.toReversed()) {
    shown.add(keyOf(record));
    yield record;
  }
  while (isFollowing && !signal?.aborted) {
    const fresh = await readFresh(directories, positions);
    for (const record of fresh) if (!shown.delete(keyOf(record))) yield record;
    // An aborted pause is the end that was asked for.
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Longer than a writer lets a segment rest before it opens another: such a file does not grow any more. */
const DORMANT_MS = 13 * 3_600_000;

const keyOf = (record: AuditRecord): string => `${String(record['writer'])} ${record.seq}`;

async function skipToEnds(directories: readonly string[], positions: Map<string, number>): Promise<void> {
  const { segments } = await listSegments(directories);
  for (const { path } of segments) {
    await unlessMissing(async () => {
      const isDormant = systemClock.now() - (await stat(path)).mtimeMs > DORMANT_MS;
      positions.set(path, isDormant ? Infinity : await endOfLines(path));
    });
  }
}

async function readFresh(directories: readonly string[], positions: Map<string, number>): Promise<readonly AuditRecord[]> {
  const { segments } = await listSegments(directories);
  const fresh: AuditRecord[] = [];
  for (const { path } of segments) {
    const from = positions.get(path) ?? 0;
    if (from !== Infinity) await unlessMissing(() => readFrom(path, from, positions, fresh));
  }
  return fresh.sort((a, b) => timeOf(a) - timeOf(b));
}

async function readFrom(path: string, from: number, positions: Map<string, number>, fresh: AuditRecord[]): Promise<void> {
  if ((await stat(path)).size <= from) return;
  for await (const lines of readLines(path, from)) {
    for (const { bytes, offset, isEnded } of lines) {
      if (!isEnded) continue;
      positions.set(path, offset + bytes.length + 1);
      const record = parseRecord(bytes.toString());
      if (record && record.event !== 'checkpoint') fresh.push(record);
    }
  }
}

/** Retention may remove a segment between two looks. */
async function unlessMissing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
