/** The native level as tests use it: with control groups and without, in a folder of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxDriver, SandboxLanguage, SandboxLimits, SandboxOutcome, SandboxProgram } from '../../src/contracts/sandbox.ts';
import { DEFAULT_SANDBOX, type SandboxConfig } from '../../src/contracts/sandbox-config.ts';
import { createNativeDriver, findBwrap } from '../../src/sandbox/native/native-driver.ts';

/** Why the native level cannot be tried here; undefined where it can. */
export async function noNative(): Promise<string | undefined> {
  if (findBwrap() === undefined) return 'needs bubblewrap';
  const driver = createNativeDriver({ config: () => DEFAULT_SANDBOX });
  const found = await driver.probe();
  await driver.close();
  return found.isUsable ? undefined : `native is not usable: ${found.why}`;
}

export interface NativeTrial {
  readonly driver: SandboxDriver;
  readonly folder: string;
  run(language: SandboxLanguage, code: string, more?: RunOptions): Promise<SandboxOutcome>;
  command(argv: readonly string[], more?: RunOptions): Promise<SandboxOutcome>;
  close(): Promise<void>;
}

export interface RunOptions extends Partial<SandboxLimits> {
  readonly signal?: AbortSignal;
  readonly readable?: readonly string[];
  readonly owner?: string;
}

/** @param groups null = as on a machine where none can be made */
export function nativeTrial({ config = {}, groups }: { readonly config?: Partial<SandboxConfig>; readonly groups?: null } = {}): NativeTrial {
  const folder = mkdtempSync(join(tmpdir(), 'native-'));
  const whole = { ...DEFAULT_SANDBOX, ...config };
  const driver = createNativeDriver({ config: () => whole, ...(groups === null ? { groups } : {}) });
  const start = async (
    program: SandboxProgram,
    { signal = AbortSignal.timeout(60_000), readable = [], owner = 'tester', ...limits }: RunOptions = {},
  ): Promise<SandboxOutcome> =>
    await driver.run({
      program,
      folder,
      owner,
      readable,
      signal,
      limits: {
        timeoutMs: 10_000,
        memoryBytes: whole.memoryBytes,
        processes: whole.processes,
        diskBytes: whole.diskBytes,
        cpuShare: 1,
        maxOutputBytes: 65_536,
        ...limits,
      },
    });
  return {
    driver,
    folder,
    run: (language, code, more) => start({ kind: 'code', language, code }, more),
    command: (argv, more) => start({ kind: 'command', argv }, more),
    async close() {
      await driver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes whose command line holds the text, this one left out. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandOf(pid).includes(text));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
