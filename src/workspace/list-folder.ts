/** @module workspace/list-folder: what lies in a folder, links named but never followed. */
import type { Dirent } from 'node:fs';
import type { DirectoryItem } from '../contracts/workspace.ts';
import { errnoOf, toFileError } from './file-errors.ts';
import type { Folder } from './folder.ts';
import { joinPath } from './path-rules.ts';
import type { Root } from './root.ts';
import { inspect, openFolder } from './walk.ts';

const MAX_DEPTH = 32;
/** Names kept in memory per folder; a folder with more is cut, and says so. */
const MAX_NAMES = 100_000;
/** Entries fetched per trip to the disk's thread. */
const BATCH = 512;

interface Listing {
  readonly items: DirectoryItem[];
  readonly maxItems: number;
  readonly isRecursive: boolean;
  isTruncated: boolean;
}

function typeOf(entry: Dirent): DirectoryItem['type'] {
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? 'file' : 'other';
}

/** Code units, not the locale's order: the same everywhere. */
const byName = (left: Dirent, right: Dirent): number => (left.name < right.name ? -1 : Number(left.name > right.name));

async function readNames(folder: Folder, listing: Listing): Promise<readonly Dirent[]> {
  const entries: Dirent[] = [];
  // Loaded when needed: at the start it would cost 2 ms.
  const { opendir } = await import('node:fs/promises');
  for await (const entry of await opendir(folder.location, { bufferSize: BATCH })) {
    if (entries.length === MAX_NAMES) {
      listing.isTruncated = true;
      break;
    }
    entries.push(entry);
  }
  folder.confirm();
  return entries.sort(byName);
}

function sizeOf(folder: Folder, name: string, path: string): number {
  const stats = inspect(folder, name, path);
  return stats?.isFile() ? Number(stats.size) : 0;
}

/** The folder below, or undefined when it has gone, changed into something else, or must not be read: then only its name is listed. */
function enter(folder: Folder, name: string): Folder | undefined {
  try {
    return folder.child(name);
  } catch (error) {
    if (errnoOf(error) === 'EMFILE' || errnoOf(error) === 'ENFILE') throw error;
    return undefined;
  }
}

async function visit(folder: Folder, parent: readonly string[], depth: number, listing: Listing): Promise<void> {
  for (const entry of await readNames(folder, listing)) {
    if (listing.items.length === listing.maxItems) {
      listing.isTruncated = true;
      return;
    }
    const segments = [...parent, entry.name];
    const path = joinPath(segments);
    const type = typeOf(entry);
    listing.items.push({ path, type, size: type === 'file' ? sizeOf(folder, entry.name, path) : 0 });
    if (type === 'directory' && listing.isRecursive) await descend(folder, segments, depth, listing);
    if (listing.isTruncated && listing.items.length === listing.maxItems) return;
  }
}

async function descend(folder: Folder, segments: readonly string[], depth: number, listing: Listing): Promise<void> {
  if (depth === MAX_DEPTH) {
    listing.isTruncated = true;
    return;
  }
  const child = enter(folder, segments.at(-1) ?? '.');
  if (!child) return;
  try {
    await visit(child, segments, depth + 1, listing);
  } finally {
    child.close();
  }
}

/**
 * Entries in the order of their names, each folder directly before what it holds (when recursive;
 * at most 32 folders deep). `isTruncated` = there is more: beyond `maxItems`, the depth, or 100 000
 * names in one folder. Below the folder asked for, what the system refuses to open is named, not entered.
 *
 * @throws AppError PATH_*, WORKSPACE_UNAVAILABLE
 */
export async function listFolder(
  root: Root,
  segments: readonly string[],
  options: { readonly isRecursive: boolean; readonly maxItems: number },
): Promise<{ readonly items: readonly DirectoryItem[]; readonly isTruncated: boolean }> {
  const path = joinPath(segments);
  const folder = openFolder(root, segments);
  const listing: Listing = { items: [], maxItems: Math.max(0, options.maxItems), isRecursive: options.isRecursive, isTruncated: false };
  try {
    await visit(folder, segments, 1, listing);
    return { items: listing.items, isTruncated: listing.isTruncated };
  } catch (error) {
    throw toFileError(error, path);
  } finally {
    folder.close();
  }
}
