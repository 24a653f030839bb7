/** @module audit/segment-name: where the records of a home lie. */

/** A segment: one file of one writer's chain. */
export interface SegmentPath {
  /** Id of the process that wrote it. */
  readonly writer: string;
  /** Epoch milliseconds of its first record. */
  readonly startedMs: number;
  /** 1 for the first segment of the chain, then without gaps. */
  readonly number: number;
  /** File name without folder. */
  readonly name: string;
  readonly path: string;
}

const NAME = /^([A-Za-z0-9_]{1,32})-(\d{1,16})-(\d{1,9})\.jsonl$/;

/** The path of a segment that is about to be made. */
export function segmentPath(directory: string, writer: string, startedMs: number, number: number): SegmentPath {
  const name = `${writer}-${startedMs}-${number}.jsonl`;
  return { writer, startedMs, number, name, path: `${directory}/${name}` };
}

/** Reads a file name back; undefined when it is not that of a segment. */
export function parseSegmentName(directory: string, name: string): SegmentPath | undefined {
  const [, writer, started, number] = NAME.exec(name) ?? [];
  if (writer === undefined) return undefined;
  return { writer, startedMs: Number(started), number: Number(number), name, path: `${directory}/${name}` };
}

/** What lies in the audit folders: segments by writer and number, and the names of files that are none. */
export interface SegmentListing {
  readonly segments: readonly SegmentPath[];
  readonly strangers: readonly string[];
}

const byChain = (a: SegmentPath, b: SegmentPath): number =>
  a.writer === b.writer ? a.number - b.number || a.startedMs - b.startedMs : a.writer < b.writer ? -1 : 1;

/** Lists the folders. One that does not exist counts as empty; other errors of the file system pass through. */
export async function listSegments(directories: readonly string[]): Promise<SegmentListing> {
  const segments: SegmentPath[] = [];
  const strangers: string[] = [];
  for (const directory of directories) {
    for (const name of await namesIn(directory)) {
      const segment = parseSegmentName(directory, name);
      if (segment) segments.push(segment);
      else strangers.push(name);
    }
  }
  return { segments: segments.sort(byChain), strangers: strangers.sort() };
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    const { readdir } = await import('node:fs/promises');
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether the file system said that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return errorCodeOf(error) === 'ENOENT';
}

/** The `code` of a system error, else undefined. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
