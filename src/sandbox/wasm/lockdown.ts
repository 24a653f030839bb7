/**
 * @module sandbox/wasm/lockdown: takes away from a process everything that Python in it could be led to by JavaScript. Loaded in
 * the child alone, never in the gateway.
 */
import { constants } from 'node:fs';
import { registerHooks } from 'node:module';

/** What the interpreter asks for while it loads. */
const ALLOWED: ReadonlySet<string> = new Set(['fs', 'fs/promises', 'path', 'url', 'module', 'crypto', 'tty', 'stream'].map((name) => `node:${name}`));
/** Asked for and not needed: another module stands in its place, in which nothing that is looked for is found. */
const STAND_IN = 'node:path';
/** Of the global object: ways to the network, to other threads and to code in texts. */
const GLOBALS = [
  ...['fetch', 'WebSocket', 'EventSource', 'Request', 'Response', 'Headers', 'FormData', 'navigator', 'BroadcastChannel', 'MessageChannel'],
  ...['Worker', 'SharedArrayBuffer', 'localStorage', 'sessionStorage', 'Storage', 'CloseEvent', 'require', 'module'],
];
/** Of `process`: what reaches other processes, files, other code, or the end of this one. */
const KEPT_OF_PROCESS: ReadonlySet<string> = new Set([
  'nextTick',
  'emit',
  'on',
  'once',
  'off',
  'removeListener',
  'removeAllListeners',
  'hrtime',
  'uptime',
  'cwd',
  'versions',
  'version',
  'platform',
  'arch',
  'release',
  'argv',
  'exitCode',
  'pid',
  'listenerCount',
  'emitWarning',
]);

let isOpen = true;

/** Before anything is loaded: no module but those above, and no memory beyond the bound. */
export function lockModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!isOpen) throw new Error('modules are closed');
      if (!specifier.startsWith('node:')) return next(specifier, context);
      return next(ALLOWED.has(specifier) ? specifier : STAND_IN, context);
    },
  });
  // The interpreter reads the flags of files from here; the permission model refuses the real one.
  Reflect.set(process, 'binding', () => ({ fs: constants }));
}

const PAGE_BYTES = 65_536;

/** Linear memory, as far as it is used here; the types of Node know none of it. */
interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** @param maxBytes of linear memory; beyond it Python gets a MemoryError */
export function boundMemory(maxBytes: number): void {
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as { readonly Memory: { readonly prototype: LinearMemory } };
  const memory = Memory.prototype;
  const { grow } = memory;
  memory.grow = function boundedGrow(this: LinearMemory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES > maxBytes) throw new RangeError('memory is bounded');
    return grow.call(this, pages);
  };
  Object.freeze(memory);
}

/** When the interpreter is ready, before code of a caller: nothing can be loaded any more, and the process has no hands. */
export function lockProcess(): void {
  isOpen = false;
  const quiet = (): void => undefined;
  Reflect.set(globalThis, 'console', Object.freeze({ log: quiet, warn: quiet, error: quiet, info: quiet, debug: quiet, trace: quiet }));
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name);
  for (const name of Reflect.ownKeys(process)) {
    if (typeof name === 'string' && !KEPT_OF_PROCESS.has(name)) Reflect.deleteProperty(process, name);
  }
  for (const name of [
    'binding',
    '_linkedBinding',
    'getBuiltinModule',
    'dlopen',
    'kill',
    'exit',
    'reallyExit',
    'abort',
    'chdir',
    'execve',
    'mainModule',
    'stdin',
    'stdout',
    'stderr',
    'report',
    'permission',
    'env',
  ]) {
    Reflect.defineProperty(process, name, { value: undefined, writable: false, configurable: false });
  }
  Object.freeze(process);
}
