/**
 * @module sandbox/wasm/wasm-child: a process of its own that runs Python in WebAssembly once, and ends. Started with Node's
 * permission model and without code from texts; it takes one job as a line on stdin and writes lines to stdout.
 *
 * Nothing that it writes is trusted: what broke out of the interpreter could write it too.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { boundMemory, lockModules, lockProcess } from './lockdown.ts';
import { CLOSE_BRIDGES, WASM_HARNESS } from './python-harness.ts';

const SNAPSHOT_FD = 3;
const WORK = '/work';
const PIECE = 32_768;
const NEWLINE = 0x0a;

interface Job {
  readonly code: string;
  readonly files: readonly { readonly path: string; readonly base64: string }[];
}

type Python = Awaited<ReturnType<typeof load>>;

const say = (message: object): void => {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let from = 0; from < bytes.length; ) from += writeSome(bytes, from);
};
const MOMENT = new Int32Array(new SharedArrayBuffer(4));

/** 0 = the gateway has not read what came before. */
function writeSome(bytes: Buffer, from: number): number {
  try {
    return writeSync(1, bytes, from);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    Atomics.wait(MOMENT, 0, 0, 1);
    return 0;
  }
}

async function load(options: object, indexURL: string): Promise<Awaited<ReturnType<typeof import('pyodide')['loadPyodide']>>> {
  const { loadPyodide } = await import('pyodide');
  return await loadPyodide({
    indexURL,
    jsglobals: Object.create(null) as object,
    env: { HOME: WORK, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
    ...options,
  });
}

function readSnapshot(): Uint8Array {
  const bytes = new Uint8Array(fstatSync(SNAPSHOT_FD).size);
  for (let from = 0; from < bytes.length; ) {
    const count = readSync(SNAPSHOT_FD, bytes, from, bytes.length - from, from);
    if (count === 0) throw new Error('the snapshot ends early');
    from += count;
  }
  return bytes;
}

/** Writes the memory of a fresh interpreter to the descriptor. */
async function makeSnapshot(indexURL: string): Promise<void> {
  const python = await load({ _makeSnapshot: true }, indexURL);
  const made: unknown = Reflect.get(python, 'makeMemorySnapshot');
  if (typeof made !== 'function') throw new Error('this Pyodide makes no snapshots');
  const bytes: unknown = made.call(python);
  if (!(bytes instanceof Uint8Array)) throw new Error('the snapshot is none');
  for (let from = 0; from < bytes.length; ) from += writeSync(SNAPSHOT_FD, bytes, from, bytes.length - from);
}

/** Lines, or pieces of the size, whichever comes first. @returns the way to send what is left */
function connectOutput(python: Python): () => void {
  const flushes: (() => void)[] = [];
  for (const [name, set] of [
    ['out', python.setStdout.bind(python)],
    ['err', python.setStderr.bind(python)],
  ] as const) {
    let held: Buffer[] = [];
    let size = 0;
    const flush = (): void => {
      const whole = Buffer.concat(held);
      [held, size] = [[], 0];
      for (let from = 0; from < whole.length; from += PIECE) say({ [name]: whole.toString('base64', from, Math.min(whole.length, from + PIECE)) });
    };
    flushes.push(flush);
    set({
      isatty: false,
      write: (bytes: Uint8Array) => {
        held.push(Buffer.from(bytes));
        size += bytes.length;
        if (size >= PIECE || bytes.at(-1) === NEWLINE) flush();
        return bytes.length;
      },
    });
  }
  python.setStdin({ stdin: () => null, isatty: false });
  return () => {
    for (const flush of flushes) flush();
  };
}

function putFiles({ FS }: Python, files: Job['files']): void {
  FS.mkdirTree(WORK);
  for (const { path, base64 } of files) {
    const whole = `${WORK}/${path}`;
    FS.mkdirTree(whole.slice(0, whole.lastIndexOf('/')));
    FS.writeFile(whole, Buffer.from(base64, 'base64'));
  }
  FS.chdir(WORK);
}

/** Regular files below /work; links are left out. */
function tellFiles({ FS }: Python, before: Job['files']): void {
  const known = new Map(before.map(({ path, base64 }) => [path, base64]));
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const name of FS.readdir(`${WORK}/${folder}`)) {
      if (name === '.' || name === '..') continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const { mode } = FS.lstat(`${WORK}/${path}`);
      if (FS.isDir(mode)) open.push(path);
      else if (FS.isFile(mode)) {
        const base64 = Buffer.from(FS.readFile(`${WORK}/${path}`)).toString('base64');
        if (known.get(path) !== base64) say({ file: path, base64 });
        known.delete(path);
      }
    }
  }
  for (const path of known.keys()) say({ gone: path });
}

function runJob(python: Python, { code, files }: Job, flush: () => void): void {
  putFiles(python, files);
  const lookUp: unknown = Reflect.get(python.globals as object, 'get');
  const run: unknown = typeof lookUp === 'function' ? lookUp.call(python.globals, '_switchyard_run') : undefined;
  if (typeof run !== 'function') throw new Error('the harness is gone');
  const outcome: unknown = run(code);
  flush();
  const [exitCode, result] = Array.isArray(outcome) ? outcome : readTuple(outcome);
  tellFiles(python, files);
  say({ exit: Number(exitCode), result: typeof result === 'string' ? result : null });
}

/** Python's tuples come as proxies. */
function readTuple(value: unknown): readonly unknown[] {
  const toJs: unknown = typeof value === 'object' || typeof value === 'function' ? Reflect.get(value ?? {}, 'toJs') : undefined;
  const list: unknown = typeof toJs === 'function' ? toJs.call(value) : [];
  return Array.isArray(list) ? list : [];
}

/** The whole of stdin up to the line's end. */
function readLine(): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    process.stdin.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if (piece.at(-1) === NEWLINE) resolve(Buffer.concat(pieces).toString('utf8'));
    });
    // The gateway is gone.
    process.stdin.on('end', () => process.exit(0));
  });
}

async function main([mode, indexURL = '', memoryBytes = '0']: readonly string[]): Promise<void> {
  lockModules();
  // Python sees it: no path of the machine.
  process.argv.splice(1, process.argv.length, 'python');
  if (mode === 'make') return await makeSnapshot(indexURL);
  boundMemory(Number(memoryBytes));
  const line = readLine();
  const python = await load({ _loadSnapshot: readSnapshot() }, indexURL);
  const flush = connectOutput(python);
  python.runPython(WASM_HARNESS);
  // Finds its source of randomness while modules can still be loaded.
  python.runPython('import os; os.urandom(1)');
  say({ ready: true });
  const job = JSON.parse(await line) as Job;
  python.unregisterJsModule('js');
  python.unregisterJsModule('pyodide_js');
  python.runPython(CLOSE_BRIDGES);
  const leave: unknown = Reflect.get(process, 'reallyExit');
  lockProcess();
  try {
    runJob(python, job, flush);
  } catch (error) {
    flush();
    say({ broken: String(error).slice(0, 500) });
  }
  if (typeof leave === 'function') leave.call(process, 0);
}

await main(process.argv.slice(2));
