/**
 * The swap race: a real second process exchanges a folder and a link (and a file and a link) all the
 * time, while this one reads, writes and lists through them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { AppError } from '../../../src/core/errors.ts';
import type { Mechanism } from '../../../src/workspace/folder.ts';
import { createWorkspace } from '../../../src/workspace/workspace.ts';

const SECRET = 'SECRET: outside the workspace';
const INSIDE = 'inside the workspace';

/** How often each thing came out. A leak is the secret read, a name from outside listed, or a byte written outside. */
export interface RaceResult {
  readonly attempts: number;
  readonly inside: number;
  readonly refused: number;
  readonly leaks: number;
  readonly durationMs: number;
  readonly swapper: string;
}

export interface Arena extends AsyncDisposable {
  readonly root: string;
  readonly home: string;
  readonly outside: string;
  readonly swapper: string;
}

async function start(paths: readonly string[]): Promise<{ readonly child: ChildProcess; readonly swapper: string }> {
  const script = (name: string): string => join(import.meta.dirname, name);
  for (const [command, name] of [
    ['python3', 'swapper.py'],
    [process.execPath, 'swapper.ts'],
  ] as const) {
    const child = spawn(command, [script(name), ...paths], { stdio: ['pipe', 'pipe', 'ignore'] });
    const isReady = await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false)).once('exit', () => resolve(false));
      child.stdout?.once('data', () => resolve(true));
    });
    if (isReady) return { child, swapper: name };
  }
  throw new Error('no swapper starts');
}

/** `dir`, `file` and `hard` of the root change places with a link to the folder `outside`, a link to the secret in it and a hard link to the secret. */
export async function createArena(): Promise<Arena> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-race-')));
  const [root, outside, home] = [join(base, 'work'), join(base, 'outside'), join(base, 'home')];
  for (const folder of [root, outside, home, join(root, 'dir'), join(root, 'links')]) mkdirSync(folder);
  writeFileSync(join(root, 'dir/file.txt'), INSIDE);
  writeFileSync(join(root, 'file'), INSIDE);
  writeFileSync(join(outside, 'file.txt'), SECRET);
  // Absolute targets: they lead outside from both places.
  symlinkSync(outside, join(root, 'links/dir'));
  symlinkSync(join(outside, 'file.txt'), join(root, 'links/file'));
  writeFileSync(join(root, 'hard'), INSIDE);
  linkSync(join(outside, 'file.txt'), join(root, 'links/hard'));
  const { child, swapper } = await start(['dir', 'file', 'hard'].flatMap((name) => [join(root, name), join(root, 'links', name)]));
  return {
    root,
    home,
    outside,
    swapper,
    async [Symbol.asyncDispose]() {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exit;
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** One attempt; returns what was seen, or throws when it was refused. */
type Attempt = (round: number) => Promise<string | Buffer | readonly string[]>;

/** Repeats until `attempts` are done, `timeBudgetMs` has passed, or (`stopAtLeak`) the first leak. */
export async function race(
  arena: Arena,
  attempt: Attempt,
  { attempts, timeBudgetMs, stopAtLeak = false }: { readonly attempts: number; readonly timeBudgetMs: number; readonly stopAtLeak?: boolean },
): Promise<RaceResult> {
  const start = performance.now();
  const count = { inside: 0, refused: 0, leaks: 0 };
  let round = 0;
  for (; round < attempts && performance.now() - start < timeBudgetMs; round += 1) {
    try {
      const seen = await attempt(round);
      count[seen.includes(SECRET) ? 'leaks' : 'inside'] += 1;
    } catch (error) {
      // The naive ways fail with system errors, ours only with its own.
      if (!(AppError.is(error) || (error instanceof Error && 'code' in error))) throw error;
      count.refused += 1;
    }
    if (stopAtLeak && count.leaks > 0) break;
  }
  return { attempts: round, ...count, durationMs: performance.now() - start, swapper: arena.swapper };
}

/** Whether any byte outside is not what was put there. */
export function outsideIsIntact(arena: Arena): boolean {
  return readdirSync(arena.outside).join() === 'file.txt' && readFileSync(join(arena.outside, 'file.txt'), 'utf8') === SECRET;
}

const TARGETS = ['dir/file.txt', 'file', 'hard', 'links/dir/file.txt', 'links/file', 'links/hard'];
const targetOf = (round: number): string => TARGETS[round % TARGETS.length] ?? 'file';

/** The guarded ways. */
export function guardedAttempts(arena: Arena, mechanism: Mechanism): { readonly read: Attempt; readonly write: Attempt; readonly list: Attempt } {
  const workspace = createWorkspace({ root: arena.root, home: arena.home, mechanism });
  return {
    read: async (round) => (await workspace.read(targetOf(round))).bytes,
    write: async (round) => {
      await workspace.write(targetOf(round), Buffer.from(INSIDE), { createDirectories: false });
      return outsideIsIntact(arena) ? INSIDE : SECRET;
    },
    list: async (round) => {
      const { items } = await workspace.list(round % 2 === 0 ? 'dir' : '.', { isRecursive: true, maxItems: 100 });
      // What lies outside has the size of the secret; the hard link has it too, and is inside.
      return items.map((item) => (item.size === SECRET.length && !item.path.endsWith('hard') ? SECRET : item.path));
    },
  };
}

/** The usual way: resolve, compare with the root, then open what was asked for. */
export function naiveAttempts(arena: Arena): { readonly read: Attempt; readonly write: Attempt } {
  const check = async (path: string): Promise<void> => {
    if (!(await realpath(path)).startsWith(arena.root + sep)) throw Object.assign(new Error('outside'), { code: 'OUTSIDE' });
  };
  return {
    read: async (round) => {
      // Not the hard link: that one leaks to the naive way without any race.
      const path = join(arena.root, round % 2 === 0 ? 'dir/file.txt' : 'file');
      await check(path);
      return readFile(path, 'utf8');
    },
    write: async () => {
      const path = join(arena.root, 'dir/file.txt');
      await check(path);
      const handle = await open(path, 'r+');
      try {
        await handle.writeFile(INSIDE);
      } finally {
        await handle.close();
      }
      if (outsideIsIntact(arena)) return INSIDE;
      await writeFile(join(arena.outside, 'file.txt'), SECRET);
      return SECRET;
    },
  };
}
