import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPyodide } from '../../../src/sandbox/wasm/pyodide-package.ts';
import { noNative } from '../../helpers/native-sandbox.ts';
import { fence, type Fence } from './attacks.ts';
import { readCorpus, someOf, Stage } from './corpus.ts';

const missing = await noNative();
const pyodide = findPyodide();
const NATIVE = ['native-read-file', 'native-connect', 'native-kill', 'native-process-bomb', 'native-memory-bomb', 'native-endless-loop', 'native-output-bomb'];
const WASM = ['wasm-read-file', 'wasm-connect', 'wasm-run-js-write', 'wasm-js-environment'];

describe('the corpus', () => {
  it('S3.a S3.b: has more than sixty attacks on each level, each with an effect, a control and what is expected', () => {
    for (const level of ['native', 'wasm'] as const) {
      const attacks = readCorpus(level);
      expect(attacks.length, level).toBeGreaterThanOrEqual(60);
      expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
      for (const { id, limits = [], event } of attacks) expect([id, event]).toEqual([id, limits.length > 0 ? 'sandbox_violation' : null]);
    }
  });
});

// All of them, on all levels, run in corpus-long.ts.
describe.each([
  { level: 'native' as const, every: 20, names: NATIVE, skip: missing },
  { level: 'wasm' as const, every: 1000, names: WASM, skip: 'why' in pyodide ? pyodide.why : undefined },
])('attacks on the level $level', ({ level, every, names, skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-test-'));
  const stage = new Stage();
  let barrier: Fence;
  const attacks = someOf(readCorpus(level), every, names);
  beforeAll(async () => {
    if (skip !== undefined) return;
    await stage.open();
    barrier = fence(level, { snapshots: folder });
  }, 60_000);
  afterAll(async () => {
    if (skip === undefined) {
      await barrier.close();
      stage.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('S3.a S3.b: have no effect on the machine, name the limit that they met, and are recorded', async (context) => {
    context.skip(skip !== undefined, skip);
    const holes: string[] = [];
    for (const attack of attacks) {
      const { id, problem } = await barrier.attack(attack, stage);
      if (problem !== '') holes.push(`${id}: ${problem}`);
    }
    expect(holes).toEqual([]);
  }, 120_000);

  it('S3.c: have their effect where there is no fence', async (context) => {
    context.skip(skip !== undefined, skip);
    const without: string[] = [];
    for (const attack of attacks) if (!(await barrier.control(attack, stage))) without.push(attack.id);
    expect(without).toEqual([]);
  }, 120_000);
});
