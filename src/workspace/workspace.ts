/** @module workspace: files below one root, for callers who are not trusted. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Workspace } from '../contracts/workspace.ts';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import type { Mechanism } from './folder.ts';
import { listFolder } from './list-folder.ts';
import { joinPath, parsePath, splitAbsolute, type PathRules } from './path-rules.ts';
import { readFile } from './read-file.ts';
import { chooseMechanism, createRoot, findUserHome } from './root.ts';
import { removeOwnFile, writeFile } from './write-file.ts';

/** What a workspace is made of. */
export interface WorkspaceOptions {
  /** The root; a relative one is taken from the working directory. */
  readonly root: string;
  /** The gateway's own state folder (SWITCHYARD_HOME). A root that contains it, or lies in it anywhere but below its `workspace`, is refused. */
  readonly home: string;
  /** Cap of one file, read as a whole or written, in bytes. Default 10 MiB. */
  readonly maxFileBytes?: number | undefined;
  /** Refused as root, with every folder above it. Default: the home folder of the user who runs the gateway. */
  readonly userHome?: string | undefined;
  /** Default: `pinned` where /proc is there, else the weaker `rechecked`. */
  readonly mechanism?: Mechanism | undefined;
}

/** A workspace that can say how it is guarded. */
export interface FileWorkspace extends Workspace {
  /** Absolute path of the root. For logs and `doctor`, not for clients. */
  readonly root: string;
  readonly mechanism: Mechanism;
}

function rulesFor(root: string): PathRules {
  const isWindows = process.platform === 'win32';
  const spellings = [root];
  try {
    spellings.push(realpathSync.native(root));
  } catch {
    // Missing: the first use says so.
  }
  return { roots: spellings.map((spelling) => splitAbsolute(spelling, isWindows)), isWindows };
}

/**
 * Never fails and opens nothing: a root that is missing or must not be served (`/`, the user's home
 * folder, the gateway's state) makes every use throw WORKSPACE_UNAVAILABLE with the fix, `check` too.
 * Nothing is kept open between uses.
 *
 * With `pinned`, no path, link or race leads outside: each name of a path is opened by itself,
 * relative to the descriptor of the folder before it, and links are refused by the system. Not
 * covered: mounts below the root (followed, the operator made them), and a folder that somebody
 * moves out of the workspace while it is open (it stays the folder that was asked for).
 */
export function createWorkspace({
  root: configuredRoot,
  home,
  maxFileBytes = 10 * 1024 * 1024,
  userHome = findUserHome(),
  mechanism = chooseMechanism(),
}: WorkspaceOptions): FileWorkspace {
  const path = resolve(configuredRoot);
  const root = createRoot({ root: path, home: resolve(home), userHome, mechanism });
  const rules = rulesFor(path);
  const parse = (text: string): readonly string[] => parsePath(text, rules);
  return {
    root: path,
    mechanism,
    normalize: (text) => joinPath(parse(text)),
    read: async (text, range = {}) => readFile(root, parse(text), range, maxFileBytes),
    write: async (text, bytes, { createDirectories }) => writeFile(root, parse(text), bytes, createDirectories, maxFileBytes),
    list: async (text, options) => listFolder(root, parse(text), options),
    async check() {
      const name = `.switchyard-probe-${randomHex(8)}.tmp`;
      const expected = Buffer.from(randomHex(16));
      await writeFile(root, [name], expected, false, Infinity);
      try {
        const { bytes } = await readFile(root, [name], {}, Infinity);
        if (!bytes.equals(expected)) throw new AppError('WORKSPACE_UNAVAILABLE', { message: 'The workspace gives back other bytes than were written.' });
      } finally {
        removeOwnFile(root, name);
      }
    },
  };
}
