/** @module sandbox/wasm/wasm-run: one child from its start to its end: what it says is read with bounds, and believed no further than its own answer. */
import type { ChildProcess } from 'node:child_process';
import type { SandboxJob, SandboxLimit, SandboxOutcome } from '../../contracts/sandbox.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { LineSplitter } from '../../core/lines.ts';
import { CappedOutput } from '../capped-output.ts';
import { readResident } from '../native/process-tree.ts';

/** Code can drive the interpreter into a state from which it does not come back. */
const BROKEN = '\nThe interpreter broke off.\n';

/** Files of a run as they travel. */
export interface WasmFiles {
  readonly files: readonly { readonly path: string; readonly base64: string }[];
}

/** What a run has changed. */
export interface WasmResult {
  readonly outcome: SandboxOutcome;
  readonly written: ReadonlyMap<string, Buffer>;
  readonly gone: readonly string[];
}

/** Longest message: a file of the bound below, as base64. */
const MAX_LINE_BYTES = 96 * 1_048_576;
/** Bytes of all files that come out of one run. */
export const MAX_FILES_BYTES = 64 * 1_048_576;
/** Files of a run, in and out: each is written by itself, and to the disk. */
export const MAX_FILES = 5000;
const MAX_WASTE = 8;
const STOP_MS = 2000;
const LOOK_MS = 100;
/** The interpreter itself, its code and what V8 keeps. */
const OWN_BYTES = 450 * 1_048_576;

/** A child that loads, or has loaded and waits. */
export class WasmChild {
  readonly #child: ChildProcess;
  readonly #lines: LineSplitter;
  #onMessage: (message: JsonObject) => void = () => undefined;
  #stderr = '';
  /** Resolves when it can take a job. @throws AppError SANDBOX_FAILED */
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve(code));
      child.once('error', () => resolve(null));
    });
    this.#lines = new LineSplitter(MAX_LINE_BYTES, { onLine: (line) => this.#hear(line), onTooLong: () => this.kill() });
    child.stdout?.on('data', (piece: Buffer) => this.#lines.push(piece));
    child.stderr?.on('data', (piece: Buffer) => {
      this.#stderr = `${this.#stderr}${piece.toString('utf8')}`.slice(-2000);
    });
    child.stdin?.on('error', () => undefined);
    this.ready = new Promise((resolve, reject) => {
      this.#onMessage = (message) => {
        if (message['ready'] === true) resolve();
      };
      void this.ended.then(() => reject(new AppError('SANDBOX_FAILED', { message: 'Python in WebAssembly does not start.', cause: new Error(this.#stderr) })));
    });
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Runs the one job. @throws AppError SANDBOX_FAILED; the signal's reason */
  async run(job: SandboxJob, code: string, { files }: WasmFiles): Promise<WasmResult> {
    const startedAt = performance.now();
    const { limits, signal, onOutput } = job;
    const hits = new Set<SandboxLimit>();
    const output = {
      out: new CappedOutput(limits.maxOutputBytes, (text) => onOutput?.('stdout', text)),
      err: new CappedOutput(limits.maxOutputBytes, (text) => onOutput?.('stderr', text)),
    };
    const written = new Map<string, Buffer>();
    const gone: string[] = [];
    let filesBytes = 0;
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    let end: { readonly exit: number; readonly result: string | null } | undefined;
    let isStopped = false;
    const stop = (limit: SandboxLimit): void => {
      isStopped = true;
      hits.add(limit);
      this.kill();
    };
    this.#onMessage = (message) => {
      // What it had written before it was stopped is still read; a run that was stopped has no end and no files.
      if (isStopped) return;
      for (const name of ['out', 'err'] as const) {
        const piece = message[name];
        if (typeof piece !== 'string') continue;
        output[name].push(Buffer.from(piece, 'base64'));
        if (output[name].isCut) hits.add('output');
        if (output[name].total > MAX_WASTE * limits.maxOutputBytes) this.kill();
      }
      const { file, base64, gone: left, exit, result } = message;
      if (typeof file === 'string' && typeof base64 === 'string') {
        const bytes = Buffer.from(base64, 'base64');
        filesBytes += bytes.length;
        if (filesBytes > Math.min(MAX_FILES_BYTES, limits.diskBytes) || written.size >= MAX_FILES) return stop('disk');
        written.set(file, bytes);
      }
      if (typeof left === 'string' && gone.length < files.length) gone.push(left);
      if (typeof exit === 'number') {
        end = { exit, result: typeof result === 'string' ? result : null };
        this.kill();
        tell();
      }
    };
    const onAbort = (): void => this.kill();
    // Nothing in it hears a SIGTERM: Python runs without ever giving way. The grace of other levels would be two seconds of nothing.
    const timer = setTimeout(() => stop('time'), limits.timeoutMs);
    const watch = setInterval(() => {
      if (this.pid !== undefined && readResident(this.pid) > limits.memoryBytes + OWN_BYTES) stop('memory');
    }, LOOK_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted) onAbort();
      this.#child.stdin?.write(`${JSON.stringify({ code, files })}\n`);
      await Promise.race([this.ended, told]);
      signal.throwIfAborted();
      const stderr = end || hits.size > 0 ? output.err.end() : `${output.err.end()}${BROKEN}`;
      if (/MemoryError|memory is bounded/.test(stderr.slice(-16_384))) hits.add('memory');
      const outcome: SandboxOutcome = {
        stdout: output.out.end(),
        stderr,
        result: end?.result ?? null,
        exitCode: end?.exit ?? null,
        limitsHit: [...hits].sort(),
        durationMs: Math.round(performance.now() - startedAt),
      };
      return { outcome, written: end ? written : new Map(), gone: end ? gone : [] };
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends it and waits. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.kill(), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #hear(line: Buffer): void {
    try {
      const message: unknown = JSON.parse(line.toString('utf8'));
      if (isObject(message)) this.#onMessage(message);
    } catch {
      // No message of ours.
    }
  }
}
