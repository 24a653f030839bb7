/** @module upstreams/connection/stdio/child: a server as a process of its own group, which ends in any case. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { AppError } from '../../../core/errors.ts';
import { giveBack } from '../../../core/give-back.ts';
import { systemCode } from '../../../core/private-file.ts';
import { guardian } from './guardian.ts';

/** What is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** Bytes for descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[];
}

/** Milliseconds that a server has to end by itself after its input ended, and again after SIGTERM. */
const GRACE_MS = 2000;
const STDERR_KEPT = 8192;

/** Keeps the last 8 KiB of what a server writes to stderr. */
export class StderrTail {
  #pieces: Buffer[] = [];
  #size = 0;

  /** @param piece as the stream gave it; it is not to be used afterwards */
  push(piece: Buffer): void {
    const kept = piece.length > STDERR_KEPT ? Buffer.from(piece.subarray(-STDERR_KEPT)) : piece;
    if (kept !== piece) giveBack(piece);
    this.#pieces.push(kept);
    this.#size += kept.length;
    if (this.#size > 4 * STDERR_KEPT) this.#cut();
  }

  get text(): string {
    this.#cut();
    return Buffer.concat(this.#pieces).toString('utf8');
  }

  #cut(): void {
    const whole = Buffer.concat(this.#pieces);
    const kept = whole.subarray(Math.max(0, whole.length - STDERR_KEPT));
    this.#pieces = [Buffer.from(kept)];
    this.#size = kept.length;
  }
}

/**
 * Starts the program without a shell, as the head of a group of its own.
 *
 * @throws AppError UPSTREAM_UNREACHABLE when there is no such program or folder, or it may not be run
 */
export async function startChild({ command, args, env, cwd, inputs = [] }: Program): Promise<ChildProcessWithoutNullStreams> {
  try {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe', ...inputs.map(() => 'pipe' as const)],
    });
    feed(child, inputs);
    child.stdin.on('error', () => undefined);
    child.stdout.on('error', () => undefined);
    child.stderr.on('error', () => undefined);
    if (child.pid === undefined) await once(child, 'spawn');
    if (child.pid !== undefined) guardian.guard(child.pid);
    child.on('error', () => undefined);
    return child;
  } catch (cause) {
    throw new AppError('UPSTREAM_UNREACHABLE', {
      message: `The program cannot be started (${systemCode(cause) || 'unknown error'}).`,
      fix: 'Check command, args and cwd of the upstream: the program must be in PATH or be named by its path.',
      cause,
    });
  }
}

function feed(child: ChildProcess, inputs: readonly Uint8Array[]): void {
  for (const [index, bytes] of inputs.entries()) {
    const stream = child.stdio[index + 3];
    if (!(stream instanceof Writable)) continue;
    stream.on('error', () => undefined);
    stream.end(bytes);
  }
}

/** How it ended, in words. */
export function describeEnd(child: ChildProcessWithoutNullStreams): string {
  const { exitCode, signalCode } = child;
  if (signalCode !== null) return `The server was ended by ${signalCode}.`;
  return exitCode === null ? 'The server closed its output.' : `The server ended with code ${exitCode}.`;
}

/**
 * Closes its input, then SIGTERM, then SIGKILL to the whole group: what it has started itself ends with it, unless
 * that made a group of its own. Resolves when the group has been killed.
 */
export async function endChild(child: ChildProcessWithoutNullStreams, graceMs: number = GRACE_MS): Promise<void> {
  child.stdin.end();
  if (!(await endedWithin(child, graceMs))) {
    signalGroup(child.pid, 'SIGTERM');
    await endedWithin(child, graceMs);
  }
  // Also when the head is gone: its helpers may not be.
  signalGroup(child.pid, 'SIGKILL');
  if (child.pid !== undefined) guardian.release(child.pid);
  // Pipes that a process in another group holds open must not keep the gateway.
  child.stdout.destroy();
  child.stderr.destroy();
}

function hasEnded({ exitCode, signalCode }: ChildProcessWithoutNullStreams): boolean {
  return exitCode !== null || signalCode !== null;
}

function endedWithin(child: ChildProcessWithoutNullStreams, ms: number): Promise<boolean> {
  if (hasEnded(child)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off('exit', done);
      resolve(hasEnded(child));
    };
    const timer = setTimeout(done, ms);
    child.once('exit', done);
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
