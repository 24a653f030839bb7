/** @module workspace/named-roots: the workspace and the scratch folders, each walked by the same guard. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolderName } from '../contracts/scratch-folder.ts';
import type { CallPlace } from '../contracts/target.ts';
import type { FoundFile, NamedRoots, Workspace } from '../contracts/workspace.ts';
import { AppError } from '../core/errors.ts';
import { joinScratchPath, parseScratchPath, SCRATCH } from './scratch-path.ts';

/** What the roots are made of. */
export interface RootPorts {
  /** The workspace of a call. */
  readonly workspaceOf: (place: CallPlace) => Workspace;
  /** Absolute path of the folder that holds the scratch folders. */
  readonly scratch: string;
  /** Safe access below a scratch folder; opens nothing yet. */
  readonly workspaceAt: (folder: string) => Workspace;
  /** Refuses what a folder cannot take any more. @throws AppError STORAGE_FULL */
  readonly requireRoom: (folder: string, comingBytes: number) => Promise<void>;
}

/** Opens nothing. Who may reach which root is not decided here: the effects of the call say what is asked. */
export function createNamedRoots(ports: RootPorts): NamedRoots {
  const writes = new Map<string, Promise<void>>();
  return {
    find: (path, place) => (path.startsWith(SCRATCH) ? findScratch(path, ports, writes) : findPlain(path, ports.workspaceOf(place))),
  };
}

function findPlain(written: string, workspace: Workspace): FoundFile {
  const path = workspace.normalize(written);
  // Policy could not tell such a folder of the workspace from the root of that name.
  if (path.startsWith(SCRATCH)) throw new AppError('PATH_INVALID', { message: `Names at the top of the workspace must not begin with ${SCRATCH}` });
  return { path, owner: null, open: () => workspace };
}

function findScratch(written: string, ports: RootPorts, writes: Map<string, Promise<void>>): FoundFile {
  const { owner, inner, root } = parseScratchPath(written);
  // What is inside does not depend on whose it is, but for absolute paths, of which there are none here.
  const path = joinScratchPath(root, ports.workspaceAt(ports.scratch).normalize(inner));
  return {
    path,
    owner,
    open(caller) {
      const folder = join(ports.scratch, scratchFolderName(owner ?? caller));
      if (owner === null) mkdirSync(folder, { recursive: true, mode: 0o700 });
      else if (!existsSync(folder)) throw new AppError('PATH_NOT_FOUND', { message: 'This principal has no scratch folder.' });
      return withRoot(root, ports.workspaceAt(folder), async (bytes, write) => {
        // One after the other: two at once could each find the room that is left.
        const before = writes.get(folder) ?? Promise.resolve();
        const mine = before.then(async () => {
          await ports.requireRoom(folder, bytes);
          await write();
        });
        const settled = mine.catch(() => undefined);
        writes.set(folder, settled);
        await mine.finally(() => {
          if (writes.get(folder) === settled) writes.delete(folder);
        });
      });
    },
  };
}

/** The same workspace, with paths that begin with the name of its root. */
function withRoot(root: string, workspace: Workspace, write: (bytes: number, work: () => Promise<void>) => Promise<void>): Workspace {
  const innerOf = (path: string): string => parseScratchPath(path).inner;
  return {
    normalize: (path) => joinScratchPath(root, workspace.normalize(innerOf(path))),
    read: (path, range) => workspace.read(innerOf(path), range),
    write: (path, bytes, options) => write(bytes.length, () => workspace.write(innerOf(path), bytes, options)),
    async list(path, options) {
      const { items, isTruncated } = await workspace.list(innerOf(path), options);
      return { items: items.map((item) => ({ ...item, path: joinScratchPath(root, item.path) })), isTruncated };
    },
    check: () => workspace.check(),
  };
}
