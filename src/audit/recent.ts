/** @module audit/recent: the newest records of all processes of a home. */
import type { AuditRecord } from '../contracts/audit.ts';
import { mergeRecords, sourcesOf, timeRecords, type EndCache, type RecordSource } from './records.ts';
import { listSegments } from './segment-name.ts';

/** What the asking process has in memory of its own chain. */
export interface OwnRecords {
  readonly writer: string;
  /** The newest lines, newest last, checkpoints left out. */
  readonly lines: readonly string[];
  /** Whether these are all there are. */
  readonly isComplete: boolean;
}

/** What to read. */
export interface RecentOptions {
  readonly directories: readonly string[];
  /** Records, at most. */
  readonly limit: number;
  readonly own: OwnRecords;
  /** Keep it between calls: segments that have not changed are then not opened. */
  readonly cache: EndCache;
}

/** The newest records, newest first, checkpoints left out. Own ones come from memory where that reaches back far enough. */
export async function readRecent({ directories, limit, own, cache }: RecentOptions): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  if (!(limit > 0)) return records;
  const isInMemory = own.isComplete || own.lines.length >= limit;
  const { segments } = await listSegments(directories);
  const sources = await sourcesOf(
    segments.filter(({ writer }) => !isInMemory || writer !== own.writer),
    'newest',
    cache,
  );
  if (isInMemory) sources.push(...memorySource(own.lines));
  for await (const { record } of mergeRecords(sources, 'newest')) {
    if (record.event === 'checkpoint') continue;
    records.push(record);
    if (records.length >= limit) break;
  }
  return records;
}

function memorySource(lines: readonly string[]): RecordSource[] {
  const records = timeRecords(lines).reverse();
  const [newest] = records;
  if (!newest) return [];
  return [
    {
      beginsAt: newest.sortedAt,
      async *open() {
        yield* records;
      },
    },
  ];
}
