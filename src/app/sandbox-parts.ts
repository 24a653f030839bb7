/** @module app/sandbox-parts: what the sandbox is made of. Loaded with its first use. */
import { join } from 'node:path';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { SandboxConfig } from '../contracts/sandbox-config.ts';
import type { Workspace } from '../contracts/workspace.ts';
import { createNativeDriver } from '../sandbox/native/native-driver.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { createWorkspace } from '../workspace/workspace.ts';
import type { Foundation } from './foundation.ts';

/** Also for an examination without a gateway. */
export function buildSandbox({ clock, home, loaded }: Pick<Foundation, 'clock' | 'home' | 'loaded'>, config: () => SandboxConfig): Sandbox {
  const { maxFileBytes } = loaded.config.workspace;
  const workspaceAt = (folder: string): Workspace => createWorkspace({ root: folder, home: home.root, maxFileBytes });
  return createSandbox({
    config,
    clock,
    folder: home.scratch,
    workspaceAt,
    drivers: async () => {
      const { createWasmDriver } = await import('../sandbox/wasm/wasm-driver.ts');
      return [createNativeDriver({ config }), createWasmDriver({ config, folder: join(home.root, 'sandbox'), workspaceAt })];
    },
  });
}
