/** @module app/upstream-memory: where it is kept what upstreams listed last. */
import { join } from 'node:path';
import type { HomePaths } from '../contracts/home.ts';

/** Folder of the home. */
export function memoryFolderOf({ root }: Pick<HomePaths, 'root'>): string {
  return join(root, 'upstreams');
}

/** The file of one upstream. It may not be there. */
export function memoryPathOf(home: Pick<HomePaths, 'root'>, upstream: string): string {
  return join(memoryFolderOf(home), `${upstream}.json`);
}
