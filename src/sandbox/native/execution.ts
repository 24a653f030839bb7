/** @module sandbox/native/execution: one program behind the fence, from its start to the end of its last process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxLimit, SandboxLimits, SandboxOutcome } from '../../contracts/sandbox.ts';
import { AppError } from '../../core/errors.ts';
import { CappedOutput } from '../capped-output.ts';
import type { Controller, Group } from './cgroups.ts';
import { MAX_RESULT_BYTES, RESULT_FD, STARTED } from './harness.ts';
import { isAlive, useOfTree } from './process-tree.ts';
import { signalAll, watchRun } from './watch.ts';

/** Descriptors of bubblewrap beside the three standard ones. */
export const FDS = { seccomp: 3, info: 4, block: 5, code: 6, result: RESULT_FD } as const;

/** What is started. */
export interface ExecutionOptions {
  readonly bwrap: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly filter: Buffer;
  readonly code: string;
  readonly folder: string;
  readonly limits: SandboxLimits;
  readonly group: Group | undefined;
  readonly held: readonly Controller[];
  readonly signal: AbortSignal;
  readonly onOutput: ((stream: 'stdout' | 'stderr', text: string) => void) | undefined;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 2000;
/** Milliseconds that setting the fence up may take. */
const SETUP_MS = 10_000;
/** A program that writes on and on beyond what is kept is ended at this many times the cap. */
const MAX_WASTE = 8;
/** Milliseconds that the kernel may take to end what is left of a namespace. */
const LEAVING_MS = 5000;
const CHILD_PID = /"child-pid": (\d+)/;

/** Programs say with these words that the kernel refused them memory or a process, where no control group counts it. */
const WORDS: readonly (readonly [SandboxLimit, RegExp])[] = [
  [
    'memory',
    /MemoryError|Cannot allocate memory|JavaScript heap out of memory|Fatal process out of memory|std::bad_alloc|xrealloc: cannot allocate|xmalloc: cannot allocate/,
  ],
  ['processes', /Resource temporarily unavailable|can't start new thread/],
  ['disk', /No space left on device|File too large|File size limit exceeded|Disk quota exceeded/],
];

/**
 * Resolves when no process of the run is left.
 *
 * @throws AppError SANDBOX_FAILED when the fence cannot be set up; the signal's reason
 */
export function execute(options: ExecutionOptions): Promise<SandboxOutcome> {
  return new Promise((resolve, reject) => {
    const run = new Execution(options);
    run.ended.then(resolve, reject);
  });
}

class Execution {
  readonly ended: Promise<SandboxOutcome>;
  readonly #options: ExecutionOptions;
  readonly #child: ChildProcess;
  readonly #hits = new Set<SandboxLimit>();
  readonly #output: Readonly<Record<'stdout' | 'stderr', CappedOutput>>;
  readonly #result = new CappedOutput(MAX_RESULT_BYTES + 1, () => undefined);
  readonly #startedAt = performance.now();
  /** Head of the process tree: first process of the namespace. */
  #head: number | undefined;
  #info = '';
  #stopWatching: (() => void) | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isEnding = false;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    const { limits, onOutput } = options;
    this.#output = {
      stdout: new CappedOutput(limits.maxOutputBytes, (text) => onOutput?.('stdout', text)),
      stderr: new CappedOutput(limits.maxOutputBytes, (text) => onOutput?.('stderr', text)),
    };
    this.#child = spawn(options.bwrap, options.args, {
      env: options.env,
      cwd: '/',
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.ended = this.#supervise();
  }

  async #supervise(): Promise<SandboxOutcome> {
    const { signal, limits } = this.#options;
    const onAbort = (): void => this.#kill();
    try {
      const closed = this.#closed();
      this.#feed();
      this.#after(SETUP_MS, () => this.#head === undefined && this.#kill());
      this.#after(limits.timeoutMs, () => this.#end('time'));
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      const exitCode = await closed;
      await this.#gone();
      signal.throwIfAborted();
      return this.#outcome(exitCode);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#stopWatching?.();
      for (const timer of this.#timers) clearTimeout(timer);
      this.#options.group?.remove();
    }
  }

  /** The exit code, when the last process that holds an output has ended. */
  #closed(): Promise<number | null> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', (cause) => reject(new AppError('SANDBOX_FAILED', { message: 'The sandbox program cannot be started.', cause })));
      this.#child.once('close', (code) => resolve(code));
    });
  }

  #feed(): void {
    const { filter, code } = this.#options;
    this.#writable(FDS.seccomp).end(filter);
    this.#writable(FDS.code).end(code);
    const block = this.#writable(FDS.block);
    this.#readable(FDS.info).on('data', (piece: Buffer) => {
      this.#info += piece.toString('latin1');
      const pid = CHILD_PID.exec(this.#info)?.[1];
      if (pid === undefined || this.#head !== undefined) return;
      this.#admit(Number(pid));
      block.end('x');
    });
    this.#readable(FDS.result).on('data', (piece: Buffer) => this.#result.push(piece));
    for (const name of ['stdout', 'stderr'] as const) this.#child[name]?.on('data', (piece: Buffer) => this.#take(name, piece));
  }

  /** Everything is set up and waits: the limits of the group hold before the program runs. */
  #admit(pid: number): void {
    this.#head = pid;
    const { folder, limits, held, group } = this.#options;
    try {
      group?.add(pid);
    } catch {
      return void this.#kill();
    }
    this.#stopWatching = watchRun({ pid, folder, limits, held, startedAt: this.#startedAt, onExcess: (limit) => this.#end(limit) });
  }

  #take(name: 'stdout' | 'stderr', piece: Buffer): void {
    const output = this.#output[name];
    output.push(piece);
    if (!output.isCut) return;
    this.#hits.add('output');
    if (output.total > MAX_WASTE * this.#options.limits.maxOutputBytes) this.#kill();
  }

  /** SIGTERM to everything inside, SIGKILL two seconds later. */
  #end(limit: SandboxLimit): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#hits.add(limit);
    if (this.#head === undefined) return void this.#kill();
    const { pids } = useOfTree(this.#head);
    signalAll(pids, 'SIGTERM');
    signalAll(pids, 'SIGCONT');
    this.#after(GRACE_MS, () => this.#kill());
  }

  /** The kernel ends a process namespace with its first process. */
  #kill(): void {
    this.#isEnding = true;
    if (this.#head !== undefined) signalAll([this.#head], 'SIGKILL');
    this.#child.kill('SIGKILL');
  }

  /** bubblewrap ends with the program; the rest of its namespace ends a moment later. */
  async #gone(): Promise<void> {
    if (this.#head === undefined) return;
    signalAll([this.#head], 'SIGKILL');
    const deadline = performance.now() + LEAVING_MS;
    while (isAlive(this.#head) && performance.now() < deadline) await sleep(1);
  }

  #after(ms: number, what: () => unknown): void {
    this.#timers.add(setTimeout(what, ms));
  }

  #outcome(exitCode: number | null): SandboxOutcome {
    const { stdout, stderr } = this.#output;
    const result = this.#result.end();
    if (!result.startsWith(STARTED)) {
      throw new AppError('SANDBOX_FAILED', {
        cause: new Error(stderr.end().slice(0, 2000) || `ended with ${exitCode ?? 'a signal'} before the program started`),
      });
    }
    const outcome = { stdout: stdout.end(), stderr: stderr.end() };
    for (const hit of this.#options.group?.hits() ?? []) this.#hits.add(hit);
    for (const [limit, words] of WORDS) if (words.test(outcome.stderr.slice(-16_384))) this.#hits.add(limit);
    const value = result.slice(STARTED.length);
    return {
      ...outcome,
      result: value === '' || this.#result.isCut ? null : value,
      exitCode: this.#isEnding ? null : exitCode,
      limitsHit: [...this.#hits].sort(),
      durationMs: Math.round(performance.now() - this.#startedAt),
    };
  }

  #writable(fd: number): Writable {
    const stream = this.#child.stdio[fd];
    if (!(stream instanceof Writable)) throw new AppError('SANDBOX_FAILED');
    // It may end before it has read all.
    stream.on('error', () => undefined);
    return stream;
  }

  #readable(fd: number): Readable {
    const stream = this.#child.stdio[fd];
    if (!(stream instanceof Readable)) throw new AppError('SANDBOX_FAILED');
    stream.on('error', () => undefined);
    return stream;
  }
}
