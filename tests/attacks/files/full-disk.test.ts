/** S4: a disk that fills up in the middle of a write. Needs a small disk of its own, so it needs root; skipped elsewhere. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace } from '../../../src/workspace/workspace.ts';

let base: string;
let isMounted = false;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'switchyard-full-'));
  mkdirSync(join(base, 'work'));
  isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', join(base, 'work')]).status === 0;
});
afterAll(() => {
  if (isMounted) spawnSync('umount', [join(base, 'work')]);
  rmSync(base, { recursive: true, force: true });
});

describe('S4.d: a full disk', () => {
  it.for([20_000, 200_000])('refuses %i bytes with STORAGE_FULL, keeps the old file whole and leaves nothing behind', async (size, context) => {
    if (!isMounted) context.skip('mounting needs root');
    const root = join(base, 'work');
    writeFileSync(join(root, 'file'), 'old');
    // Two pages are left: the write can begin, but not end.
    writeFileSync(join(root, 'ballast'), Buffer.alloc(256 * 1024 - 4096 - 8192));
    const workspace = createWorkspace({ root, home: join(base, 'home'), maxFileBytes: 1_000_000 });
    await expect(workspace.write('file', Buffer.alloc(size, 'n'), { createDirectories: false })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('old');
    expect(readdirSync(root).sort()).toEqual(['ballast', 'file']);
    rmSync(join(root, 'ballast'));
    await expect(workspace.write('file', Buffer.alloc(1000, 'n'), { createDirectories: false })).resolves.toBeUndefined();
  });
});
