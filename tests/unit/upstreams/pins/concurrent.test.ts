import { execFile } from 'node:child_process';
import { existsSync, readFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../../../src/core/file-lock.ts';
import { createBench, tool } from './pins-fixture.ts';

const run = promisify(execFile);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sy-pins-two-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('several processes, one lock', () => {
  it('G3.b: lose none of each other’s approvals', async () => {
    const script = join(import.meta.dirname, '../../../integration/processes/pin-writer.ts');
    await Promise.all(['left', 'right', 'third'].map(async (name) => await run(process.execPath, [script, folder, name, '25'], { timeout: 20_000 })));
    const bench = createBench(folder);
    expect(bench.store.lock().get('shared')?.pins.get('tool')?.size).toBe(75);
    expect(existsSync(`${bench.lockPath}.lock`)).toBe(false);
  }, 30_000);

  it('G3.c: one of two first uses wins, and the other is judged by it', async () => {
    const [left, right] = [createBench(folder), createBench(folder)];
    const list = async (bench: typeof left, description: string): Promise<readonly string[]> => {
      const verdict = await bench.guard
        .openGate(bench.subject())
        .begin()
        .judge({ tools: [tool('a', description)], prompts: [], templates: [], instructions: null });
      return verdict.approved.map(({ definition }) => String(definition['description']));
    };
    const approved = await Promise.all([list(left, 'Left.'), list(right, 'Right.')]);
    expect(approved.flat()).toHaveLength(1);
    left.guard.close();
    right.guard.close();
  });
});

describe('the lock of a file', () => {
  const path = (): string => join(folder, 'file');

  it.each([
    ['long ago', -86_400_000],
    ['in the future, as the clock was set back since', 3_600_000],
  ])('is broken by one of those who wait when its holder died %s', async (_name, offsetMs) => {
    const madeAt = new Date(Date.now() + offsetMs);
    writeFileSync(`${path()}.lock`, 'dead');
    utimesSync(`${path()}.lock`, madeAt, madeAt);
    const owners: string[] = [];
    const work = async (): Promise<void> => await withFileLock(path(), 'the file', () => void owners.push(readFileSync(`${path()}.lock`, 'utf8')));
    await Promise.all(Array.from({ length: 20 }, work));
    // Each of them found its own name in the lock while it worked.
    expect([owners.length, new Set(owners).size, owners.includes('dead'), existsSync(`${path()}.lock`)]).toEqual([20, 20, false, false]);
  });

  it('is given back when the work fails, and cannot be made without a folder', async () => {
    await expect(
      withFileLock(path(), 'the file', () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(existsSync(`${path()}.lock`)).toBe(false);
    await expect(withFileLock(join(folder, 'missing', 'file'), 'the file', () => 1)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});
