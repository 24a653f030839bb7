/** @module app/sandbox-parts: what the sandbox is made of. Loaded with its first use. */
import type { Sandbox } from '../contracts/sandbox.ts';
import type { SandboxConfig } from '../contracts/sandbox-config.ts';
import { createNativeDriver } from '../sandbox/native/native-driver.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { createWorkspace } from '../workspace/workspace.ts';
import type { Foundation } from './foundation.ts';

/** Also for an examination without a gateway. */
export function buildSandbox({ clock, home, loaded }: Pick<Foundation, 'clock' | 'home' | 'loaded'>, config: () => SandboxConfig): Sandbox {
  const { maxFileBytes } = loaded.config.workspace;
  return createSandbox({
    config,
    clock,
    folder: home.scratch,
    workspaceAt: (folder) => createWorkspace({ root: folder, home: home.root, maxFileBytes }),
    drivers: () => Promise.resolve([createNativeDriver({ config })]),
  });
}
