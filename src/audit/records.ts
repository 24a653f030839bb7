/** @module audit/records: the records of several chains as one sequence in time. */
import { stat } from 'node:fs/promises';
import type { AuditRecord } from '../contracts/audit.ts';
import { isObject } from '../core/json.ts';
import { readLines, readLinesBackward } from './lines.ts';
import { isMissing, type SegmentPath } from './segment-name.ts';

/** Which end of the log comes first. */
export type Order = 'newest' | 'oldest';

/**
 * A record with the time it is sorted by: the newest time seen up to it in its segment. A record
 * may carry the time its call began, so its own time can be older than that of records before it;
 * sorting by that would hold back everything behind it.
 */
export interface TimedRecord {
  readonly record: AuditRecord;
  /** Epoch milliseconds. */
  readonly sortedAt: number;
}

/** A sequence of records, opened only when its turn has come. */
export interface RecordSource {
  /** `sortedAt` of the record it begins with. */
  readonly beginsAt: number;
  open(): AsyncGenerator<TimedRecord, void, undefined>;
}

/** A line as a record; undefined when it is none. Hashes are not checked: that is what `verifyAudit` is for. */
export function parseRecord(line: string): AuditRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is AuditRecord {
  return (
    isObject(value) &&
    typeof value['seq'] === 'number' &&
    typeof value['event'] === 'string' &&
    typeof value['phase'] === 'string' &&
    typeof value['time'] === 'string' &&
    Number.isFinite(Date.parse(value['time']))
  );
}

/** Epoch milliseconds. */
export function timeOf(record: AuditRecord): number {
  return Date.parse(record.time);
}

/** Records from lines in the order of writing. What is no record is left out. */
export function timeRecords(lines: readonly string[], newestBefore = -Infinity): TimedRecord[] {
  let sortedAt = newestBefore;
  return lines.flatMap((line) => {
    const record = parseRecord(line);
    if (!record) return [];
    sortedAt = Math.max(sortedAt, timeOf(record));
    return [{ record, sortedAt }];
  });
}

/** A segment from either end. A segment that retention removes meanwhile ends early. */
export async function* readSegment(path: string, order: Order): AsyncGenerator<TimedRecord, void, undefined> {
  try {
    if (order === 'newest') {
      // From the end, the times before a group are not known yet; those within it come close enough.
      for await (const lines of readLinesBackward(path)) yield* timeRecords(lines.toReversed().map((line) => line.toString())).reverse();
      return;
    }
    let newest = -Infinity;
    for await (const lines of readLines(path)) {
      const records = timeRecords(
        lines.filter(({ isEnded }) => isEnded).map(({ bytes }) => bytes.toString()),
        newest,
      );
      newest = records.at(-1)?.sortedAt ?? newest;
      yield* records;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Remembers when segments end: most of them never change again. */
export type EndCache = Map<string, { readonly size: number; readonly endsAt: number | undefined }>;

/** `sortedAt` of the newest record; undefined when the segment has none or is gone. */
export async function endOfSegment(path: string, cache: EndCache): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    const known = cache.get(path);
    if (known?.size === size) return known.endsAt;
    const newest = readSegment(path, 'newest');
    const { value } = await newest.next();
    await newest.return();
    cache.set(path, { size, endsAt: value?.sortedAt });
    return value?.sortedAt;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Sources of segments, each beginning at its newest or oldest record. */
export async function sourcesOf(segments: readonly SegmentPath[], order: Order, cache: EndCache): Promise<RecordSource[]> {
  const sources: RecordSource[] = [];
  for (const { path, startedMs } of segments) {
    const beginsAt = order === 'oldest' ? startedMs : await endOfSegment(path, cache);
    if (beginsAt !== undefined) sources.push({ beginsAt, open: () => readSegment(path, order) });
  }
  return sources;
}

/** Merges by `sortedAt`. Records of one source keep their order; only sources whose time has come are open. */
export async function* mergeRecords(sources: readonly RecordSource[], order: Order): AsyncGenerator<TimedRecord, void, undefined> {
  const isBefore = order === 'oldest' ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
  const waiting = sources.toSorted((a, b) => (isBefore(a.beginsAt, b.beginsAt) ? 1 : isBefore(b.beginsAt, a.beginsAt) ? -1 : 0));
  const open: Cursor[] = [];
  try {
    for (;;) {
      let first = firstOf(open, isBefore);
      for (let next = waiting.at(-1); next && (!first || !isBefore(first.current.sortedAt, next.beginsAt)); next = waiting.at(-1)) {
        waiting.pop();
        const records = next.open();
        const { value } = await records.next();
        if (value) open.push({ records, current: value });
        first = firstOf(open, isBefore);
      }
      if (!first) return;
      yield first.current;
      const { value } = await first.records.next();
      if (value) first.current = value;
      else open.splice(open.indexOf(first), 1);
    }
  } finally {
    for (const { records } of open) await records.return();
  }
}

interface Cursor {
  readonly records: AsyncGenerator<TimedRecord, void, undefined>;
  current: TimedRecord;
}

function firstOf(cursors: readonly Cursor[], isBefore: (a: number, b: number) => boolean): Cursor | undefined {
  let first: Cursor | undefined;
  for (const cursor of cursors) if (!first || isBefore(cursor.current.sortedAt, first.current.sortedAt)) first = cursor;
  return first;
}
