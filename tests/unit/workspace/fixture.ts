/** A workspace in a temporary folder, with a secret beside it. */
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkspace, type FileWorkspace, type WorkspaceOptions } from '../../../src/workspace/workspace.ts';

export const SECRET = 'the secret outside the workspace';

export interface Fixture extends Disposable {
  /** Holds everything: `work` (the root), `home`, `outside`. */
  readonly base: string;
  readonly root: string;
  readonly home: string;
  readonly workspace: FileWorkspace;
  open(options?: Partial<WorkspaceOptions>): FileWorkspace;
}

export function createFixture(options: Partial<WorkspaceOptions> = {}): Fixture {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-workspace-')));
  const root = join(base, 'work');
  const home = join(base, 'home');
  for (const folder of [root, home, join(base, 'outside')]) mkdirSync(folder);
  writeFileSync(join(base, 'outside', 'secret.txt'), SECRET);
  const open = (more: Partial<WorkspaceOptions> = {}): FileWorkspace => createWorkspace({ root, home, ...options, ...more });
  return { base, root, home, open, workspace: open(), [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }) };
}

/** Descriptors of this process (Linux) that lead into the folder; others belong to tests in other threads. */
export function countDescriptors(folder: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}
