/** @module audit/prune: retention of whole segments. */
import { stat, unlink } from 'node:fs/promises';
import type { AuditRecord } from '../contracts/audit.ts';
import type { PrunedSegment } from './checkpoint.ts';
import { endOfLines, readLines, readLinesBackward } from './lines.ts';
import { parseRecord } from './records.ts';
import { GENESIS } from './record-text.ts';
import { isMissing, listSegments, type SegmentPath } from './segment-name.ts';

/** A segment that may go, and what is to be signed before it goes. */
export interface Prunable {
  readonly path: string;
  readonly statement: PrunedSegment;
}

/** Segments stated in one checkpoint: its line stays far below the longest one that is read. */
const MAX_AT_ONCE = 200;

/**
 * The oldest segments of each chain that nobody has written to since `before` (epoch milliseconds),
 * without those of `exceptWriter`'s newest file. A segment that does not end in a readable record
 * stays: it is evidence.
 */
export async function findPrunable(directories: readonly string[], before: number, exceptWriter: string): Promise<readonly Prunable[]> {
  const { segments } = await listSegments(directories);
  const chains = Map.groupBy(segments, ({ writer }) => writer);
  const prunable: Prunable[] = [];
  for (const [writer, chain] of chains) {
    const candidates = writer === exceptWriter ? chain.slice(0, -1) : chain;
    prunable.push(...(await oldestOf(candidates, before)));
    if (prunable.length >= MAX_AT_ONCE) break;
  }
  return prunable.slice(0, MAX_AT_ONCE);
}

async function oldestOf(chain: readonly SegmentPath[], before: number): Promise<Prunable[]> {
  const prunable: Prunable[] = [];
  for (const segment of chain) {
    const statement = await stateOf(segment, before, prunable.at(-1)?.statement);
    if (!statement) break;
    prunable.push({ path: segment.path, statement });
  }
  return prunable;
}

async function stateOf({ path, writer, name }: SegmentPath, before: number, previous: PrunedSegment | undefined): Promise<PrunedSegment | undefined> {
  try {
    if ((await stat(path)).mtimeMs >= before) return undefined;
    const [first, last] = [await firstRecord(path), await lastRecord(path)];
    const hash = last?.['hash'];
    if (first && last && typeof hash === 'string') return { writer, segment: name, fromSeq: first.seq, toSeq: last.seq, hash };
    // No record was ever finished in it: the chain stands where the segment before ended.
    if ((await endOfLines(path)) === 0)
      return { writer, segment: name, fromSeq: (previous?.toSeq ?? 0) + 1, toSeq: previous?.toSeq ?? 0, hash: previous?.hash ?? GENESIS };
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function firstRecord(path: string): Promise<AuditRecord | undefined> {
  for await (const [line] of readLines(path)) return line?.isEnded === true ? parseRecord(line.bytes.toString()) : undefined;
  return undefined;
}

async function lastRecord(path: string): Promise<AuditRecord | undefined> {
  for await (const [line] of readLinesBackward(path, 4096)) return line && parseRecord(line.toString());
  return undefined;
}

/** Removes the files, oldest first. What another process has removed meanwhile counts as removed. */
export async function removeSegments(prunable: readonly Prunable[]): Promise<readonly PrunedSegment[]> {
  const removed: PrunedSegment[] = [];
  for (const { path, statement } of prunable) {
    try {
      await unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    removed.push(statement);
  }
  return removed;
}
