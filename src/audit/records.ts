/** @module audit/records: the records of several chains as one sequence in time. */
import { stat } from 'node:fs/promises';
import type { AuditRecord } from '../contracts/audit.ts';
import { isObject } from '../core/json.ts';
import { readLines, readLinesBackward } from './lines.ts';
import { isMissing, type SegmentPath } from './segment-name.ts';

/** Which end of the log comes first. */
export type Order = 'newest' | 'oldest';

/** A sequence of records, opened only when its turn has come. */
export interface RecordSource {
  /** Epoch milliseconds of the record it begins with. */
  readonly beginsAt: number;
  open(): AsyncGenerator<AuditRecord, void, undefined>;
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
  return isObject(value) && typeof value['seq'] === 'number' && typeof value['event'] === 'string'
    && typeof value['phase'] === 'string' && typeof value['time'] === 'string' && Number.isFinite(Date.parse(value['time']));
}

/** Epoch milliseconds. */
export function timeOf(record: AuditRecord): number {
  return Date.parse(record.time);
}

/** A segment from either end. A segment that retention removes meanwhile ends early. */
export async function* readSegment(path: string, order: Order): AsyncGenerator<AuditRecord, void, undefined> {
  try {
    if (order === 'newest') {
      for await (const lines of readLinesBackward(path)) yield* parseAll(lines);
    } else {
      for await (const lines of readLines(path)) yield* parseAll(lines.filter(({ isEnded }) => isEnded).map(({ bytes }) => bytes));
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function* parseAll(lines: readonly Buffer[]): Generator<AuditRecord, void, undefined> {
  for (const line of lines) {
    const record = parseRecord(line.toString());
    if (record) yield record;
  }
}

/** Remembers when segments end: most of them never change again. */
export type EndCache = Map<string, { readonly size: number; readonly endsAt: number | undefined }>;

/** Epoch milliseconds of the newest record; undefined when the segment has none or is gone. */
export async function endOfSegment(path: string, cache: EndCache): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    const known = cache.get(path);
    if (known?.size === size) return known.endsAt;
    const endsAt = await newestTime(path);
    cache.set(path, { size, endsAt });
    return endsAt;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function newestTime(path: string): Promise<number | undefined> {
  for await (const lines of readLinesBackward(path, 4096)) {
    for (const line of lines) {
      const record = parseRecord(line.toString());
      if (record) return timeOf(record);
    }
  }
  return undefined;
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

/** Merges by time. Records of one source keep their order; only sources whose time has come are open. */
export async function* mergeRecords(sources: readonly RecordSource[], order: Order): AsyncGenerator<AuditRecord, void, undefined> {
  const isBefore = order === 'oldest' ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
  const waiting = sources.toSorted((a, b) => (isBefore(a.beginsAt, b.beginsAt) ? 1 : isBefore(b.beginsAt, a.beginsAt) ? -1 : 0));
  const open: Cursor[] = [];
  try {
    for (;;) {
      let first = firstOf(open, isBefore);
      for (let next = waiting.at(-1); next && (!first || !isBefore(first.at, next.beginsAt)); next = waiting.at(-1)) {
        waiting.pop();
        const cursor: Cursor = { records: next.open(), record: undefined, at: 0 };
        if (await advance(cursor)) open.push(cursor);
        first = firstOf(open, isBefore);
      }
      if (!first?.record) return;
      yield first.record;
      if (!(await advance(first))) open.splice(open.indexOf(first), 1);
    }
  } finally {
    for (const { records } of open) await records.return();
  }
}

interface Cursor {
  readonly records: AsyncGenerator<AuditRecord, void, undefined>;
  record: AuditRecord | undefined;
  at: number;
}

async function advance(cursor: Cursor): Promise<boolean> {
  const { value } = await cursor.records.next();
  cursor.record = value ?? undefined;
  if (value) cursor.at = timeOf(value);
  return value !== undefined;
}

function firstOf(cursors: readonly Cursor[], isBefore: (a: number, b: number) => boolean): Cursor | undefined {
  let first: Cursor | undefined;
  for (const cursor of cursors) if (!first || isBefore(cursor.at, first.at)) first = cursor;
  return first;
}
