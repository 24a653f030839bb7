/** Runs the corpus against a level: each attack behind the fence, and its control outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox, SandboxDriver, SandboxLimit } from '../../../src/contracts/sandbox.ts';
import { DEFAULT_SANDBOX, type SandboxConfig } from '../../../src/contracts/sandbox-config.ts';
import { describeError } from '../../../src/core/errors.ts';
import { createNativeDriver } from '../../../src/sandbox/native/native-driver.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { createWasmDriver } from '../../../src/sandbox/wasm/wasm-driver.ts';
import { createWorkspace } from '../../../src/workspace/workspace.ts';
import { type Attack, FLOOD_BYTES, happensOnHost, type Stage, TOKEN_VARIABLE } from './corpus.ts';

/** Small, so that a bomb is small too. */
const CONFIG: SandboxConfig = {
  ...DEFAULT_SANDBOX,
  memoryBytes: 160 * 1_048_576,
  diskBytes: 4 * 1_048_576,
  maxOutputBytes: 65_536,
  cpuShare: 1,
  timeoutSeconds: 10,
  warm: 2,
  queue: 1000,
};
const TIMEOUT_MS = 10_000;
/** Long enough to see that it does not end by itself. */
const ENDLESS_MS = 700;

/** How an attack went. */
export interface Verdict {
  readonly id: string;
  /** What is wrong; empty = held. */
  readonly problem: string;
}

/** A level under attack. */
export interface Fence {
  attack(attack: Attack, stage: Stage): Promise<Verdict>;
  /** Whether the attack works where there is no fence. */
  control(attack: Attack, stage: Stage): Promise<boolean>;
  close(): Promise<void>;
}

/** @param groups null = as on a machine where no control groups can be made @param snapshots where the memory of the interpreter is kept */
export function fence(level: 'native' | 'wasm', { groups, snapshots }: { readonly groups?: null; readonly snapshots?: string } = {}): Fence {
  const home = mkdtempSync(join(tmpdir(), 'sandbox-attacks-'));
  const config = (): SandboxConfig => ({ ...CONFIG, level });
  const workspaceAt = (root: string): ReturnType<typeof createWorkspace> => createWorkspace({ root, home, userHome: undefined });
  const shared = { config, ...(groups === null ? { groups } : {}) };
  const driver: SandboxDriver =
    level === 'native' ? createNativeDriver(shared) : createWasmDriver({ ...shared, folder: snapshots ?? join(home, 'snapshots'), workspaceAt });
  const sandbox = createSandbox({
    config,
    clock: { monotonic: () => performance.now() },
    folder: join(home, 'scratch'),
    workspaceAt,
    drivers: () => Promise.resolve([driver]),
  });
  let plain: PlainPyodide | undefined;
  return {
    attack: (attack, stage) => attackOnce(sandbox, attack, stage),
    async control(attack, stage) {
      await stage.reset();
      if (attack.control === 'host') return await happensOnHost(attack, stage);
      plain ??= new PlainPyodide(stage.token);
      const output = await plain.run(stage.aim(attack));
      if (output === undefined) plain = undefined;
      return await stage.hasHappened(attack, output ?? '');
    },
    async close() {
      plain?.close();
      await sandbox.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function attackOnce(sandbox: Sandbox, attack: Attack, stage: Stage): Promise<Verdict> {
  await stage.reset();
  const recorded: SandboxLimit[][] = [];
  // The gateway has the token in its environment, whether the attack looks for it or not.
  process.env[TOKEN_VARIABLE] = stage.token;
  try {
    const answer = await sandbox.run({
      program: { kind: 'code', language: attack.language, code: stage.aim(attack) },
      owner: attack.id,
      timeoutMs: attack.effect === 'outlives' ? ENDLESS_MS : TIMEOUT_MS,
      files: [],
      signal: AbortSignal.timeout(60_000),
      onViolation: (limits) => {
        recorded.push([...limits]);
        return Promise.resolve();
      },
    });
    const output = answer.stdout + answer.stderr;
    if (await stage.hasHappened(attack, attack.effect === 'prints' ? answer.stdout : output))
      return { id: attack.id, problem: `its effect happened: ${output.slice(0, 200)}` };
    if (output.includes(stage.token)) return { id: attack.id, problem: 'the token came out' };
    if (output.length > FLOOD_BYTES) return { id: attack.id, problem: 'the output was not cut' };
    const missing = (attack.limits ?? []).filter((limit) => !answer.limitsHit.includes(limit));
    if (missing.length > 0) return { id: attack.id, problem: `did not name ${missing.join(', ')} but [${answer.limitsHit.join(', ')}]: ${output.slice(-300)}` };
    if ((attack.event === 'sandbox_violation') !== recorded.length > 0 && attack.event !== null) return { id: attack.id, problem: 'no violation was recorded' };
    return { id: attack.id, problem: '' };
  } catch (error) {
    return { id: attack.id, problem: `the run itself failed: ${describeError(error)}` };
  } finally {
    delete process.env[TOKEN_VARIABLE];
  }
}

/** A plain interpreter that takes one attack after the other; one that dies takes its last with it. */
class PlainPyodide {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #isReady = false;

  constructor(token: string) {
    const env = { PATH: process.env['PATH'], [TOKEN_VARIABLE]: token };
    this.#child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'plain-pyodide.ts')], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdin?.on('error', () => undefined);
    const { stdout } = this.#child;
    if (!stdout) throw new Error('no stdout');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** What it printed; undefined when it died. */
  async run(code: string): Promise<string | undefined> {
    if (!this.#isReady) await this.#lines.next();
    this.#isReady = true;
    this.#child.stdin?.write(`${JSON.stringify({ code })}\n`);
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(String(value)) as { output: string }).output;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
