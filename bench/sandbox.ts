/**
 * What the sandbox costs: `npm run bench:sandbox [--smoke]`. Each native run is paired with a bare `python3 -c` right beside it, in
 * turns, so that a busy moment hits both; medians. Prints one JSON object as its last line.
 *
 *     nativeOverBarePythonMs  p50 of (run on the level native − bare python3), from the call to the answer
 *     wasmWarmMs              p50 of a run whose child waits loaded
 *     wasmColdMs              p50 of a run that starts its child, with the memory snapshot there
 *     nativeParallel20Ms      20 runs of different callers at once, from the first call to the last answer
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SandboxDriver } from '../src/contracts/sandbox.ts';
import { DEFAULT_SANDBOX, type SandboxConfig } from '../src/contracts/sandbox-config.ts';
import { createNativeDriver } from '../src/sandbox/native/native-driver.ts';
import { createWasmDriver } from '../src/sandbox/wasm/wasm-driver.ts';
import { createWorkspace } from '../src/workspace/workspace.ts';
import { median, rounded } from './measure.ts';

const isSmoke = process.argv.includes('--smoke');
const ROUNDS = isSmoke ? 3 : 40;
const WASM_ROUNDS = isSmoke ? 1 : 12;
const CODE = 'print(1)';
const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'bench-sandbox-'));
const folder = join(home, 'work');
mkdirSync(folder);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function runIn(driver: SandboxDriver, owner: string, place: string): Promise<void> {
  const { memoryBytes, processes, diskBytes, cpuShare, maxOutputBytes } = DEFAULT_SANDBOX;
  const limits = { timeoutMs: 30_000, memoryBytes, processes, diskBytes, cpuShare, maxOutputBytes };
  const outcome = await driver.run({
    program: { kind: 'code', language: 'python', code: CODE },
    folder: place,
    owner,
    limits,
    readable: [],
    signal: AbortSignal.timeout(60_000),
  });
  if (outcome.stdout !== '1\n') throw new Error(`a run failed: ${outcome.stderr}`);
}

async function native(): Promise<{ readonly over: number; readonly parallel: number } | null> {
  const driver = createNativeDriver({ config: () => DEFAULT_SANDBOX });
  const found = await driver.probe();
  if (!found.isUsable) {
    process.stderr.write(`native is not measured: ${found.why}\n`);
    return null;
  }
  const over: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = await timed(() => run('/usr/bin/python3', ['-c', CODE]));
    const fenced = await timed(() => runIn(driver, 'bench', folder));
    bare.push(plain);
    over.push(fenced - plain);
  }
  const places = Array.from({ length: 20 }, (_unused, index) => join(home, `p${index}`));
  for (const place of places) mkdirSync(place);
  const parallel: number[] = [];
  for (let round = 0; round < (isSmoke ? 1 : 5); round += 1) {
    parallel.push(await timed(() => Promise.all(places.map((place, index) => runIn(driver, `bench-${index}`, place)))));
  }
  await driver.close();
  process.stderr.write(`bare python3 p50 ${rounded(median(bare), 1)} ms; ${found.status.detail}\n`);
  return { over: median(over), parallel: median(parallel) };
}

async function wasm(): Promise<{ readonly warm: number; readonly cold: number } | null> {
  const measure = async (warm: number): Promise<number | null> => {
    const config = (): SandboxConfig => ({ ...DEFAULT_SANDBOX, warm });
    const driver = createWasmDriver({
      config,
      folder: join(home, 'snapshots'),
      workspaceAt: (root) => createWorkspace({ root, home: join(home, 'other'), userHome: undefined }),
    });
    const found = await driver.probe();
    if (!found.isUsable) {
      process.stderr.write(`wasm is not measured: ${found.why}\n`);
      return null;
    }
    const times: number[] = [];
    for (let round = 0; round < WASM_ROUNDS; round += 1) {
      // The next child loads meanwhile; how long that takes is what the cold figure says.
      if (warm > 0) await sleep(3000);
      times.push(await timed(() => runIn(driver, 'bench', folder)));
    }
    await driver.close();
    return median(times);
  };
  const [cold, warm] = [await measure(0), await measure(1)];
  return cold === null || warm === null ? null : { cold, warm };
}

try {
  const nativeFigures = await native();
  const wasmFigures = await wasm();
  const figure = (value: number | undefined): number | null => (value === undefined ? null : rounded(value, 1));
  process.stdout.write(
    `${JSON.stringify({
      nativeOverBarePythonMs: figure(nativeFigures?.over),
      wasmWarmMs: figure(wasmFigures?.warm),
      wasmColdMs: figure(wasmFigures?.cold),
      nativeParallel20Ms: figure(nativeFigures?.parallel),
    })}\n`,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
