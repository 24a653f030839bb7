/** A hostile workspace: every kind of thing that could lead out of it, and the secret it must not lead to. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SECRET = 'SECRET-7f3a: outside the workspace';
/** Cap of one file in these tests, in bytes. */
export const CAP = 1_000_000;

export interface Landscape extends AsyncDisposable {
  readonly base: string;
  readonly root: string;
  readonly outside: string;
  readonly home: string;
  /** Making device files needs root; without, those cases use links to /dev only. */
  readonly hasDevices: boolean;
  /** Changes when anything outside the root does. */
  fingerprint(): string;
}

function addFiles(root: string, outside: string): void {
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  mkdirSync(join(root, 'private'));
  writeFileSync(join(root, 'readme.txt'), 'inside');
  writeFileSync(join(root, 'src/deep/file.txt'), 'inside');
  writeFileSync(join(root, 'private/key.txt'), 'inside, but a rule protects it');
  writeFileSync(join(outside, 'secret.txt'), SECRET);
  mkdirSync(join(outside, 'folder'));
  writeFileSync(join(outside, 'folder/secret.txt'), SECRET);
  for (const [name, bytes] of [
    ['huge', 64 * CAP],
    ['enormous', 2 ** 43],
  ] as const) {
    writeFileSync(join(root, name), '');
    truncateSync(join(root, name), bytes);
  }
}

function addLinks(root: string, outside: string): void {
  const links = {
    'to-file': join(outside, 'secret.txt'),
    'to-file-relative': '../outside/secret.txt',
    'to-folder': join(outside, 'folder'),
    'to-folder-relative': '../outside/folder',
    'to-parent': '..',
    'to-root-of-disk': '/',
    'to-inside': 'src',
    'to-inside-file': 'readme.txt',
    'to-itself': 'to-itself',
    'loop-a': 'loop-b',
    'loop-b': 'loop-a',
    'chain-1': 'chain-2',
    'chain-2': 'chain-3',
    'chain-3': '../outside/secret.txt',
    dangling: '../outside/not-yet',
    'dangling-folder': '../outside/no-folder/x',
    'src/up': '../..',
    'src/deep/climb': '../../../outside',
    'to-proc': '/proc/self',
    'to-fd': '/dev/fd',
    'to-cwd': '/proc/self/cwd',
    'to-zero': '/dev/zero',
    'to-stdin': '/dev/stdin',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
  linkSync(join(outside, 'secret.txt'), join(root, 'hard'));
  linkSync(join(outside, 'folder/secret.txt'), join(root, 'src/deep/hard.txt'));
}

function addSpecials(root: string): boolean {
  execFileSync('mkfifo', [join(root, 'pipe'), join(root, 'src/pipe.txt')]);
  try {
    execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5'], { stdio: 'ignore' });
    execFileSync('mknod', [join(root, 'loop0'), 'b', '7', '0'], { stdio: 'ignore' });
    // A mount with nodev lets the file be made, but not opened.
    readFileSync('/dev/null');
    return lstatSync(join(root, 'zero')).isCharacterDevice();
  } catch {
    return false;
  }
}

function describeTree(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile() ? readFileSync(path, 'base64') : entry.isSymbolicLink() ? readlinkSync(path) : '';
      return `${path} ${lstatSync(path).mode} ${content}`;
    })
    .sort();
}

/** Builds it in a temporary folder. */
export async function createLandscape(): Promise<Landscape> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-attack-')));
  const [root, outside, home] = [join(base, 'work'), join(base, 'outside'), join(base, 'home')];
  for (const folder of [root, outside, home]) mkdirSync(folder);
  addFiles(root, outside);
  addLinks(root, outside);
  const hasDevices = addSpecials(root);
  const server: Server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
  return {
    base,
    root,
    outside,
    home,
    hasDevices,
    fingerprint: () => createHash('sha256').update([outside, home].flatMap(describeTree).join('\n')).digest('hex'),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(base, { recursive: true, force: true });
    },
  };
}
