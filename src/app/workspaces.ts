/** @module app/workspaces: one workspace per project folder, the gateway's own for everybody else. */
import { RecentMap } from '../core/recent-map.ts';
import type { CallPlace } from '../contracts/target.ts';
import type { Workspace } from '../contracts/workspace.ts';
import { createWorkspace } from '../workspace/workspace.ts';

/** Project folders remembered; another one is set up again at its next use. */
const MAX_FOLDERS = 256;

/** What every workspace shares. */
export interface WorkspaceSettings {
  /** Root for calls that bring none. */
  readonly root: string;
  readonly home: string;
  readonly maxFileBytes: () => number;
}

/** The workspace a call's files are in. Making one opens nothing; an unusable root fails at its use. */
export function createWorkspaces({ root, home, maxFileBytes }: WorkspaceSettings): (place: CallPlace) => Workspace {
  const known = new RecentMap<string, Workspace>(MAX_FOLDERS);
  return ({ workspaceRoot = root }) => {
    const key = `${maxFileBytes()} ${workspaceRoot}`;
    const found = known.get(key);
    if (found) return found;
    const made = createWorkspace({ root: workspaceRoot, home, maxFileBytes: maxFileBytes() });
    known.set(key, made);
    return made;
  };
}
