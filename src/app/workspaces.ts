/** @module app/workspaces: one workspace per project folder, the gateway's own for everybody else; scratch folders beside them. */
import { RecentMap } from '../core/recent-map.ts';
import type { Config } from '../contracts/config.ts';
import type { CallPlace } from '../contracts/target.ts';
import type { NamedRoots, Workspace } from '../contracts/workspace.ts';
import { AppError } from '../core/errors.ts';
import { createNamedRoots } from '../workspace/named-roots.ts';
import { createWorkspace } from '../workspace/workspace.ts';

/** Folders remembered; another one is set up again at its next use. */
const MAX_FOLDERS = 256;

/** What every workspace shares. */
export interface WorkspaceSettings {
  /** Root for calls that bring none. */
  readonly root: string;
  readonly home: { readonly root: string; readonly scratch: string };
  /** The one in force. */
  readonly config: () => Pick<Config, 'workspace' | 'sandbox'>;
}

/** Files as calls reach them. */
export interface Workspaces {
  /** The workspace a call's plain paths are in. Making one opens nothing; an unusable root fails at its use. */
  of(place: CallPlace): Workspace;
  readonly roots: NamedRoots;
}

/** Opens nothing. */
export function createWorkspaces({ root, home, config }: WorkspaceSettings): Workspaces {
  const known = new RecentMap<string, Workspace>(MAX_FOLDERS);
  const workspaceAt = (folder: string): Workspace => {
    const { maxFileBytes } = config().workspace;
    const key = `${maxFileBytes} ${folder}`;
    const found = known.get(key);
    if (found) return found;
    const made = createWorkspace({ root: folder, home: home.root, maxFileBytes });
    known.set(key, made);
    return made;
  };
  const of = ({ workspaceRoot = root }: CallPlace): Workspace => workspaceAt(workspaceRoot);
  return {
    of,
    roots: createNamedRoots({
      workspaceOf: of,
      scratch: home.scratch,
      workspaceAt,
      requireRoom: (folder, bytes) => requireRoom(folder, bytes, config().sandbox.diskBytes),
    }),
  };
}

/** Measured as the sandbox measures it. @throws AppError STORAGE_FULL */
async function requireRoom(folder: string, comingBytes: number, quotaBytes: number): Promise<void> {
  const { useOfFolder } = await import('../sandbox/folder-use.ts');
  const { bytes, isEndless } = await useOfFolder(folder, quotaBytes);
  if (!isEndless && bytes + comingBytes <= quotaBytes) return;
  throw new AppError('STORAGE_FULL', {
    message: isEndless
      ? 'The scratch folder holds too many entries, or folders that are closed.'
      : `The scratch folder holds at least ${bytes} bytes; with this file it would hold more than ${quotaBytes}.`,
    fix: 'Delete files there by a run of your own, or ask an operator to raise sandbox.diskBytes.',
  });
}
