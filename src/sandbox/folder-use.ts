/** @module sandbox/folder-use: how much lies in a folder that hostile code may be changing. Measured, never followed through a link. */
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../core/private-file.ts';

/** Entries that are looked at; a folder with more is full whatever they hold. */
export const MAX_ENTRIES = 10_000;

/** What was found. */
export interface FolderUse {
  /** Blocks on the disk, which is less than the size for files with holes. */
  readonly bytes: number;
  readonly entries: number;
  /** True = the count was given up at MAX_ENTRIES, or a folder keeps us out: nothing is hidden from the quota. */
  readonly isEndless: boolean;
}

/** What vanishes meanwhile counts as nothing. @param stopAtBytes the count may end early here */
export async function useOfFolder(root: string, stopAtBytes: number = Infinity, maxEntries: number = MAX_ENTRIES): Promise<FolderUse> {
  const open = [root];
  let isClosed = false;
  let [bytes, entries] = [0, 0];
  while (open.length > 0 && entries < maxEntries && bytes <= stopAtBytes) {
    const folder = open.pop() ?? root;
    const listing = await opendir(folder).catch((error: unknown) => {
      isClosed ||= systemCode(error) === 'EACCES';
      return undefined;
    });
    if (!listing) continue;
    for await (const entry of listing) {
      entries += 1;
      if (entries >= maxEntries || bytes > stopAtBytes) break;
      const path = join(folder, entry.name);
      const stats = await lstat(path).catch(() => undefined);
      bytes += (stats?.blocks ?? 0) * 512;
      if (stats?.isDirectory()) open.push(path);
    }
  }
  return { bytes, entries, isEndless: isClosed || entries >= maxEntries };
}
