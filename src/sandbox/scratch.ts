/** @module sandbox/scratch: one folder for each owner, its quota, and what a run has changed there. */
import { mkdirSync } from 'node:fs';
import { chmod, lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxFile, WrittenFile } from '../contracts/sandbox.ts';
import { scratchFolderName } from '../contracts/scratch-folder.ts';
import type { Workspace } from '../contracts/workspace.ts';
import { AppError } from '../core/errors.ts';
import { MAX_ENTRIES, useOfFolder } from './folder-use.ts';

/** Files that one answer names. */
const MAX_NAMED = 1000;

/** What a file was before a run: path → what changes when somebody writes it. */
export type Snapshot = ReadonlyMap<string, string>;

/** Scratch folders below one parent. */
export interface Scratch {
  /** Absolute path; the folder is made when it is not there. */
  of(owner: string): string;
  /** Writes the files. @throws AppError PATH_*, FILE_TOO_LARGE, STORAGE_FULL */
  put(owner: string, files: readonly SandboxFile[], diskBytes: number): Promise<void>;
  /** Looks at every file. Nothing may run in the folder meanwhile. */
  look(owner: string): Promise<Snapshot>;
  /** Regular files that are new or changed since, sorted; links and devices are left out. */
  changedSince(owner: string, before: Snapshot): Promise<readonly WrittenFile[]>;
  /**
   * Brings a folder that holds more than its quota below it: takes away what was written since, and where that is not enough,
   * all. True = something was taken away. Nothing may run in the folder meanwhile.
   */
  enforce(owner: string, before: Snapshot, diskBytes: number): Promise<boolean>;
}

/**
 * @param parent absolute path of the folder that holds them
 * @param workspaceAt safe access below one of them
 */
export function createScratch(parent: string, workspaceAt: (folder: string) => Workspace, maxEntries: number = MAX_ENTRIES): Scratch {
  const of = (owner: string): string => {
    const folder = join(parent, scratchFolderName(owner));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  };
  return {
    of,
    async put(owner, files, diskBytes) {
      const folder = of(owner);
      const { bytes, isEndless } = await useOfFolder(folder, Infinity, maxEntries);
      const coming = files.reduce((sum, file) => sum + file.bytes.length, 0);
      if (files.length > 0 && (isEndless || bytes + coming > diskBytes)) throw full(bytes, diskBytes, isEndless);
      const workspace = workspaceAt(folder);
      for (const file of files) await workspace.write(file.path, file.bytes, { createDirectories: true });
    },
    look: async (owner) => new Map((await filesOf(of(owner))).map(({ path, mark }) => [path, mark])),
    async changedSince(owner, before) {
      const files = await filesOf(of(owner));
      return files
        .filter(({ path, mark }) => before.get(path) !== mark)
        .map(({ path, size }) => ({ path, size }))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .slice(0, MAX_NAMED);
    },
    async enforce(owner, before, diskBytes) {
      const folder = of(owner);
      const isOver = async (): Promise<boolean> => {
        const { bytes, isEndless } = await useOfFolder(folder, diskBytes, maxEntries);
        return bytes > diskBytes || isEndless;
      };
      if (!(await isOver())) return false;
      await open(folder);
      for (const { path, mark } of await filesOf(folder)) if (before.get(path) !== mark) await rm(join(folder, path), { force: true });
      if (await isOver()) for await (const entry of await opendir(folder)) await rm(join(folder, entry.name), { recursive: true, force: true });
      return true;
    },
  };
}

interface FoundFile extends WrittenFile {
  readonly mark: string;
}

/** Names are what the code chose: paths with line breaks or of broken Unicode are left out, since nobody could ask for them. */
async function filesOf(root: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const waiting = [''];
  let entries = 0;
  while (waiting.length > 0 && entries < MAX_ENTRIES) {
    const folder = waiting.pop() ?? '';
    const listing = await opendir(join(root, folder)).catch(() => undefined);
    if (!listing) continue;
    for await (const entry of listing) {
      entries += 1;
      if (entries >= MAX_ENTRIES) break;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (/[\p{Cc}\ufffd]/u.test(entry.name)) continue;
      const stats = await lstat(join(root, path)).catch(() => undefined);
      if (stats?.isDirectory()) waiting.push(path);
      else if (stats?.isFile()) found.push({ path, size: stats.size, mark: `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}` });
    }
  }
  return found;
}

/** Code may have closed its folders to us. */
async function open(folder: string): Promise<void> {
  for await (const entry of await opendir(folder)) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    await chmod(path, 0o700);
    await open(path);
  }
}

function full(bytes: number, diskBytes: number, isEndless: boolean): AppError {
  return new AppError('STORAGE_FULL', {
    message: isEndless
      ? `The scratch folder holds more than ${MAX_ENTRIES} entries.`
      : `The scratch folder holds ${bytes} bytes; with these files it would hold more than ${diskBytes}.`,
    fix: 'Delete files there by a run of your own, or ask an operator to raise sandbox.diskBytes.',
  });
}
