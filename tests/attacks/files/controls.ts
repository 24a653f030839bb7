/**
 * Controls: for each kind of attack, the plain way of doing it, and the harm that it really does
 * here. An attack that the guard stops proves nothing unless it works without the guard.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { SECRET, CAP, type Landscape } from './landscape.ts';

/** Does the harm, and says whether it happened. Leaves the landscape as it was. */
type Control = (land: Landscape) => boolean | Promise<boolean>;

/** Follows whatever it is given. */
const leaks = (path: string): boolean => readFileSync(path, 'utf8') === SECRET;

function readsEndlessly(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(CAP);
    let total = 0;
    // One read may be short, when a signal arrives in it; only an end of the file is none.
    for (let count = -1; count !== 0 && total < 3 * CAP; total += count) count = readSync(descriptor, bytes);
    return total >= 3 * CAP;
  } finally {
    closeSync(descriptor);
  }
}

/** How deep a listing gets that follows links; 50 means that it would not have ended. */
function followingDepth(folder: string, depth = 0): number {
  if (depth === 50) return depth;
  const below = readdirSync(folder).filter((name) => name === 'up' || name === 'work' || name === 'src');
  return Math.max(depth, ...below.map((name) => (statSync(join(folder, name)).isDirectory() ? followingDepth(join(folder, name), depth + 1) : depth)));
}

/** A write by temporary file and rename that does not look first takes the place of a socket. */
async function displacesSocket(land: Landscape): Promise<boolean> {
  const folder = mkdtempSync(join(land.base, 'control-'));
  const socket = join(folder, 'socket');
  const server = createServer((client) => client.end('hello'));
  await new Promise<void>((done) => server.listen(socket, done));
  const answers = (): Promise<boolean> =>
    new Promise((done) =>
      connect(socket)
        .once('data', () => done(true))
        .once('error', () => done(false)),
    );
  const before = await answers();
  writeFileSync(join(folder, 'temporary'), 'x');
  renameSync(join(folder, 'temporary'), socket);
  const after = await answers();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
  return before && !after;
}

function writesThrough(land: Landscape): boolean {
  const target = join(land.outside, 'not-yet');
  writeFileSync(join(land.root, 'dangling'), 'made outside');
  const isMade = existsSync(target);
  rmSync(target, { force: true });
  return isMade;
}

function makesDeepTree(land: Landscape): boolean {
  const folder = mkdtempSync(join(land.base, 'control-'));
  const deep = join(folder, ...Array.from({ length: 129 }, () => 'd'));
  mkdirSync(deep, { recursive: true });
  const isMade = existsSync(deep);
  rmSync(folder, { recursive: true, force: true });
  return isMade;
}

/** A name with an escape sequence reaches a listing as it is, and from there a terminal. */
function carriesControlCharacters(land: Landscape): boolean {
  const folder = mkdtempSync(join(land.base, 'control-'));
  writeFileSync(join(folder, '\u001b[2Jreadme.txt'), '');
  const isThere = readdirSync(folder).includes('\u001b[2Jreadme.txt');
  rmSync(folder, { recursive: true, force: true });
  return isThere && leaks(join(land.root, '../outside/secret.txt\0.png'.split('\0')[0] ?? ''));
}

export const CONTROLS: Readonly<Record<string, Control>> = {
  parent: (land) => leaks(join(land.root, 'src/../../outside/secret.txt')),
  absolute: (land) => leaks(resolve(land.root, join(land.outside, 'secret.txt'))),
  link: (land) => leaks(join(land.root, 'to-folder/secret.txt')) && leaks(join(land.root, 'chain-1')),
  dangling: writesThrough,
  loop: (land) => followingDepth(land.root) === 50,
  'hard link': (land) => leaks(join(land.root, 'hard')),
  device: (land) => readsEndlessly(join(land.root, 'zero')),
  'device link': (land) => readsEndlessly(join(land.root, 'to-zero')),
  pipe: (land) => spawnSync('cat', [join(land.root, 'pipe')], { timeout: 300 }).signal === 'SIGTERM',
  socket: displacesSocket,
  huge: (land) => readFileSync(join(land.root, 'huge')).length === 64 * CAP,
  proc: (land) => leaks(`/proc/self/root${land.outside}/secret.txt`) && leaks(join(land.root, 'to-proc', 'root', land.outside, 'secret.txt')),
  encoded: (land) => leaks(join(land.root, decodeURIComponent('%2e%2e/outside/secret.txt'))),
  unicode: (land) => leaks(join(land.root, '\uff0e\uff0e\uff0foutside\uff0fsecret.txt'.normalize('NFKC'))),
  case: (land) => readFileSync(join(land.root, 'PRIVATE/\u212aEY.TXT'.normalize('NFKC').toLowerCase()), 'utf8').includes('a rule protects it'),
  'dots and spaces': (land) =>
    leaks(
      join(
        land.root,
        '.. /outside/secret.txt'
          .split('/')
          .map((name) => name.trimEnd())
          .join('/'),
      ),
    ),
  backslash: (land) => leaks(join(land.root, '..\\outside\\secret.txt'.replaceAll('\\', '/'))),
  control: carriesControlCharacters,
  length: makesDeepTree,
};
