/** @module app/sandbox: the sandbox as the rest of the app sees it. Nothing of it is loaded before its first use. */
import type { Sandbox } from '../contracts/sandbox.ts';
import type { SandboxConfig } from '../contracts/sandbox-config.ts';
import type { PlatformReport } from '../contracts/status.ts';
import type { CodePorts } from '../tools/code/code-fields.ts';
import type { Foundation } from './foundation.ts';

/** A sandbox that may not have been used yet. */
export interface AppSandbox {
  readonly code: CodePorts;
  /** Builds it, and starts nothing. */
  readonly open: () => Promise<Sandbox>;
  /** For `platform_status`: runs the self-test where none has run. */
  report(): Promise<PlatformReport['sandbox']>;
  /** Ends what runs in it. */
  close(): Promise<void>;
}

/** Milliseconds that a status page waits for the self-test; the test goes on. */
const REPORT_MS = 1500;

/** @param config the one in force */
export function createAppSandbox(foundation: Foundation, config: () => SandboxConfig): AppSandbox {
  let opening: Promise<Sandbox> | undefined;
  const open = (): Promise<Sandbox> => (opening ??= import('./sandbox-parts.ts').then(({ buildSandbox }) => buildSandbox(foundation, config)));
  return {
    open,
    code: {
      sandbox: open,
      timeoutSeconds: () => config().timeoutSeconds,
      commands: () => config().commands,
      recordViolation: async (context, tool, limits, level) => {
        const { audit, clock } = foundation;
        await audit.append({
          event: 'sandbox_violation',
          phase: 'notice',
          at: clock.now(),
          callId: context.callId,
          correlationId: context.correlationId,
          principal: context.principal.id,
          target: `tool:${tool}`,
          detail: { limits: limits.join(','), level },
        });
      },
    },
    async report() {
      const sandbox = await open();
      const { promise, resolve } = Promise.withResolvers<PlatformReport['sandbox']>();
      const timer = setTimeout(() => resolve({ level: 'none', detail: 'Its self-test has not finished yet.' }), REPORT_MS);
      sandbox.status().then(
        ({ level, detail }) => resolve({ level, detail }),
        () => resolve({ level: 'none', detail: 'Its self-test broke.' }),
      );
      return await promise.finally(() => clearTimeout(timer));
    },
    async close() {
      const sandbox = await opening?.catch(() => undefined);
      await sandbox?.close();
    },
  };
}
