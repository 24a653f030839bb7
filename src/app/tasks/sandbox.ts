/** @module app/tasks/sandbox: the sandbox of this machine, looked at and attacked. */
import type { Sandbox, SandboxStatus } from '../../contracts/sandbox.ts';
import { testSandbox, type AttackResult } from '../../sandbox/self-test.ts';
import { buildSandbox } from '../sandbox-parts.ts';
import { type TaskPlace, withFoundation } from './task.ts';

export type { AttackResult } from '../../sandbox/self-test.ts';

/** What the self-test found. @throws AppError CONFIG_*, HOME_INSECURE */
export async function sandboxStatus(place: TaskPlace): Promise<SandboxStatus> {
  return await withSandbox(place, (sandbox) => sandbox.status());
}

/** Attacks it. @throws AppError SANDBOX_UNAVAILABLE where there is no level to test */
export async function attackSandbox(
  place: TaskPlace,
  onResult: (result: AttackResult) => void,
): Promise<{ readonly status: SandboxStatus; readonly results: readonly AttackResult[] }> {
  return await withSandbox(place, async (sandbox) => {
    const status = await sandbox.status();
    return { status, results: await testSandbox(sandbox, onResult) };
  });
}

async function withSandbox<T>(place: TaskPlace, work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  return await withFoundation(place, async (foundation) => {
    const sandbox = buildSandbox(foundation, () => foundation.loaded.config.sandbox);
    try {
      return await work(sandbox);
    } finally {
      await sandbox.close();
    }
  });
}
