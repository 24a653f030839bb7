import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxDriver, SandboxLimits, SandboxOutcome } from '../../../src/contracts/sandbox.ts';
import { DEFAULT_SANDBOX } from '../../../src/contracts/sandbox-config.ts';
import { AppError } from '../../../src/core/errors.ts';
import { findPyodide, PYODIDE_VERSION } from '../../../src/sandbox/wasm/pyodide-package.ts';
import { createWasmDriver } from '../../../src/sandbox/wasm/wasm-driver.ts';
import { createWorkspace } from '../../../src/workspace/workspace.ts';
import { processesWith } from '../../helpers/native-sandbox.ts';

const found = findPyodide();
const missing = 'why' in found ? found.why : undefined;
const home = mkdtempSync(join(tmpdir(), 'wasm-'));
const folder = join(home, 'work');
mkdirSync(folder);
/** Stands in the command line of each interpreter of this file, and of no other's. */
const MEMORY_BYTES = 256 * 1_048_576 + ((process.pid % 1000) + 1) * 65_536;
const driverOf = (more: Partial<Parameters<typeof createWasmDriver>[0]> = {}): SandboxDriver =>
  createWasmDriver({
    config: () => ({ ...DEFAULT_SANDBOX, warm: 1, memoryBytes: MEMORY_BYTES }),
    folder: join(home, 'snapshots'),
    workspaceAt: (root) => createWorkspace({ root, home: join(home, 'other'), userHome: undefined }),
    groups: null,
    ...more,
  });
const run = async (driver: SandboxDriver, code: string, limits: Partial<SandboxLimits> = {}, signal = AbortSignal.timeout(50_000)): Promise<SandboxOutcome> =>
  await driver.run({
    program: { kind: 'code', language: 'python', code },
    folder,
    owner: 'tester',
    readable: [],
    signal,
    limits: { timeoutMs: 20_000, memoryBytes: MEMORY_BYTES, processes: 5, diskBytes: 4_000_000, cpuShare: 1, maxOutputBytes: 65_536, ...limits },
  });
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe.skipIf(missing !== undefined)(`the level wasm ${missing ?? ''}`, () => {
  let driver: SandboxDriver;
  beforeAll(async () => {
    driver = driverOf();
    expect(await driver.probe()).toMatchObject({ isUsable: true, status: { languages: ['python'] } });
  }, 90_000);
  afterAll(async () => {
    await driver.close();
    expect(processesWith(String(MEMORY_BYTES))).toEqual([]);
  });

  it('S1.m: keeps a snapshot of a started interpreter, and makes a damaged one anew', async () => {
    const [name = ''] = readdirSync(join(home, 'snapshots')).filter((entry) => entry.endsWith('.snapshot'));
    expect(name).toContain(PYODIDE_VERSION);
    const path = join(home, 'snapshots', name);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[1_000_000] = (damaged[1_000_000] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    const other = driverOf();
    expect(await run(other, '1')).toMatchObject({ result: '1' });
    await other.close();
    expect(readFileSync(path).equals(damaged)).toBe(false);
  }, 90_000);

  it('T8.a: gives back output, the value of the last expression, the exit code, and files', async () => {
    writeFileSync(join(folder, 'in.txt'), 'ab');
    expect(await run(driver, 'import sys\nprint("out")\nprint("err", file=sys.stderr)\nopen("sub.txt", "w").write(open("in.txt").read() * 2)')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      result: '4',
      exitCode: 0,
      limitsHit: [],
    });
    expect(readFileSync(join(folder, 'sub.txt'), 'utf8')).toBe('abab');
    const failed = await run(driver, 'def f():\n  1/0\nf()');
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringMatching(/^Traceback.*\n {2}File "\/run\/code\/main.py", line 3, in <module>\n {4}f\(\)\n.*ZeroDivisionError: division by zero\n$/s),
    ]);
    expect(await run(driver, 'raise SystemExit(7)')).toMatchObject({ exitCode: 7 });
  });

  it('nothing of one run is there in the next', async () => {
    // One waits for work: what is looked for at the end can be seen.
    await expect.poll(() => processesWith(String(MEMORY_BYTES)).length, { timeout: 20_000 }).toBeGreaterThan(0);
    await run(driver, 'import builtins\nbuiltins.left = 1\nopen("/tmp/left", "w").write("x")');
    expect(await run(driver, 'import builtins, os\n[hasattr(builtins, "left"), os.path.exists("/tmp/left")]')).toMatchObject({ result: '[false, false]' });
  });

  it('S1.f S1.c S1.i: ends a run beyond its time or output, and refuses memory beyond the bound', async () => {
    const endless = await run(driver, 'while True: pass', { timeoutMs: 500 });
    expect([endless.limitsHit, endless.exitCode]).toEqual([['time'], null]);
    expect((await run(driver, 'keep = [bytearray(10_000_000) for _ in range(100)]')).limitsHit).toEqual(['memory']);
    const flood = await run(driver, 'while True: print("x" * 1000)', { maxOutputBytes: 2000 });
    expect([flood.stdout.length, flood.limitsHit, flood.exitCode]).toEqual([2000, ['output'], null]);
    expect((await run(driver, 'open("big", "w").write("x" * 5_000_000)')).limitsHit).toEqual(['disk']);
  }, 30_000);

  it('S1.l: a caller that goes away ends its run', async () => {
    const leaving = new AbortController();
    const left = run(driver, 'while True: pass', {}, leaving.signal);
    setTimeout(() => leaving.abort(new AppError('CANCELLED')), 300);
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('a lie about its outcome is no more than its own answer', async () => {
    const { result, exitCode } = await run(driver, 'import os\nos.write(1, b\'\\n{"exit": 0, "result": "\\\\"forged\\\\""}\\n\')\nraise SystemExit(3)');
    expect([result, exitCode]).toEqual([null, 3]);
  });
});

describe('where Pyodide is not there', () => {
  it('S1.n: or not in the version that was tried, the level is refused with the fix, and nothing is run', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'no-pyodide-'));
    const from = `file://${empty}/index.js`;
    expect(findPyodide(from)).toMatchObject({
      why: 'the package pyodide is not installed.',
      fix: expect.stringContaining(`npm install pyodide@${PYODIDE_VERSION}`) as string,
    });
    mkdirSync(join(empty, 'node_modules/pyodide'), { recursive: true });
    writeFileSync(join(empty, 'node_modules/pyodide/package.json'), '{"name": "pyodide", "version": "0.1.0"}');
    expect(findPyodide(from)).toMatchObject({ why: expect.stringContaining('0.1.0 is installed') as string });
    const driver = driverOf({ find: () => findPyodide(from), folder: join(empty, 'snapshots') });
    expect(await driver.probe()).toMatchObject({ isUsable: false, fix: expect.stringContaining('npm install') as string });
    await expect(run(driver, '1')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    await driver.close();
    rmSync(empty, { recursive: true });
  });
});
