/** @module audit/query: finding records. */
import type { AuditRecord } from '../contracts/audit.ts';
import { endOfSegment, mergeRecords, sourcesOf, timeOf, type EndCache, type Order } from './records.ts';
import { listSegments, type SegmentPath } from './segment-name.ts';

/** Every given member must match exactly. */
export interface AuditFilter {
  /** Epoch milliseconds, both inclusive. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Checkpoints are left out unless asked for by `checkpoint`. */
  readonly event?: string | undefined;
  readonly principal?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Default: all. */
  readonly limit?: number | undefined;
}

/** How long after the time it carries a record may have been written: that of the longest call. */
const DISORDER_MS = 86_400_000;
const EXACT = ['event', 'principal', 'target', 'outcome', 'correlationId'] as const;

/**
 * The records that match, merged from all chains: in the order of writing within a chain, by time
 * between chains. Reads as it goes: stopping early costs nothing. With `since` or `until`, records
 * that were written more than a day after the time they carry may be left out. Hashes are not checked. Errors of the file system pass through.
 *
 * @param order default newest first
 */
export async function* queryAudit(
  directories: readonly string[],
  filter: AuditFilter = {},
  order: Order = 'newest',
): AsyncGenerator<AuditRecord, void, undefined> {
  const { since = -Infinity, until = Infinity, limit = Infinity } = filter;
  if (!(limit > 0)) return;
  const cache: EndCache = new Map();
  const segments = await segmentsWithin(await listSegments(directories).then((listing) => listing.segments), since, until, cache);
  const [tooOld, tooNew] = [since - DISORDER_MS, until + DISORDER_MS];
  let count = 0;
  for await (const { record, sortedAt } of mergeRecords(await sourcesOf(segments, order, cache), order)) {
    if (order === 'newest' ? sortedAt < tooOld : sortedAt > tooNew) return;
    const at = timeOf(record);
    if (at < since || at > until || !matches(record, filter)) continue;
    yield record;
    count += 1;
    if (count >= limit) return;
  }
}

function matches(record: AuditRecord, filter: AuditFilter): boolean {
  if (filter.event === undefined && record.event === 'checkpoint') return false;
  return EXACT.every((key) => filter[key] === undefined || record[key] === filter[key]);
}

async function segmentsWithin(segments: readonly SegmentPath[], since: number, until: number, cache: EndCache): Promise<readonly SegmentPath[]> {
  const kept: SegmentPath[] = [];
  for (const segment of segments) {
    if (segment.startedMs > until + DISORDER_MS) continue;
    const endsAt = since === -Infinity ? Infinity : await endOfSegment(segment.path, cache);
    if (endsAt !== undefined && endsAt >= since - DISORDER_MS) kept.push(segment);
  }
  return kept;
}
