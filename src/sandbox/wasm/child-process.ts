/** @module sandbox/wasm/child-process: how a child is started: with Node's permission model, without an environment, as nobody where the gateway is root. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Also the file's name in the build. */
const CHILD = new URL('./wasm-child.ts', import.meta.url);
/** A heap for what is not Python's memory: files and output on their way. */
const HEAP_MB = 256;
const NOBODY = 65_534;

/** What is started. */
export interface ChildOptions {
  readonly mode: 'make' | 'run';
  readonly pyodide: string;
  readonly memoryBytes: number;
  /** Seconds of processor time after which the kernel ends it, whatever has become of the gateway. */
  readonly cpuSeconds: number;
  /** Descriptor of the snapshot. */
  readonly snapshot: number;
}

/**
 * `sh` sets the one limit that must outlive the gateway, and gives way to Node. The permission model refuses files but those of the
 * interpreter, processes, threads and native code; on Node 26 the network too.
 */
export function startChild({ mode, pyodide, memoryBytes, cpuSeconds, snapshot }: ChildOptions): ChildProcess {
  const script = fileURLToPath(CHILD);
  const flags = [
    ...['--permission', `--allow-fs-read=${pyodide}`, `--allow-fs-read=${dirname(script)}${sep}`],
    ...['--disallow-code-generation-from-strings', '--no-warnings', '--no-experimental-websocket', `--max-old-space-size=${HEAP_MB}`],
  ];
  const command = [process.execPath, ...flags, script, mode, pyodide, String(memoryBytes)];
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', snapshot];
  const drop = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { stdio, env: {}, cwd: '/', shell: false, windowsHide: true, ...drop } as const;
  if (process.platform === 'win32') {
    const [program = '', ...args] = command;
    return spawn(program, args, { ...options, cwd: dirname(process.execPath) });
  }
  return spawn('/bin/sh', ['-c', 'ulimit -c 0; ulimit -t "$1" || exit 126; shift; exec "$@"', 'sh', String(cpuSeconds), ...command], options);
}
