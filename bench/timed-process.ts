/**
 * Runs a program and learns what it cost: the shell's `time` reads the kernel's account (wait4) of the
 * ended process with all its threads, which Node does not offer for its children.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program under way. */
export interface RunningProgram {
  readonly pid: number;
  readonly stdin: Writable;
  /** The next line of stdout; rejects when the output ends or nothing comes for 20 s. */
  nextLine(): Promise<string>;
}

/** What it cost, with whatever the driver found out. */
export interface Timed<T> {
  /** User and system time of the process, in milliseconds. */
  readonly cpuMs: number;
  readonly found: T;
}

/** The node process behind the shell; it is there as soon as the shell has forked. */
async function childOf(shell: number): Promise<number> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    const [child] = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ');
    if (child) return Number(child);
    await sleep(1);
  }
  throw new Error('the program did not start');
}

function lineReader(stdout: Readable): () => Promise<string> {
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async () => {
    const late = sleep(20_000, 'late' as const, { ref: false });
    const next = await Promise.race([lines.next(), late]);
    if (next === 'late') throw new Error('no line for 20 s');
    if (next.done === true) throw new Error('stdout ended');
    return next.value;
  };
}

/**
 * Starts the program, lets `drive` speak with it, then kills it with SIGKILL (unless it has ended by
 * itself): the cost is that of everything up to the moment `drive` was satisfied.
 */
export async function timeProcess<T>(command: readonly string[], env: NodeJS.ProcessEnv, drive: (program: RunningProgram) => Promise<T>): Promise<Timed<T>> {
  const shell = spawn('bash', ['-c', '{ time "$@" 2>/dev/null; } 2>&3', 'bash', ...command], {
    env: { ...env, TIMEFORMAT: 'cpu %3U %3S' },
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
  });
  const report = shell.stdio[3];
  if (shell.pid === undefined || shell.stdin === null || shell.stdout === null || !(report && 'read' in report)) throw new Error('bash cannot be started');
  let text = '';
  report.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  shell.stdin.on('error', () => undefined);
  const closed = once(shell, 'close');
  let found: T;
  const pid = await childOf(shell.pid);
  try {
    found = await drive({ pid, stdin: shell.stdin, nextLine: lineReader(shell.stdout) });
  } finally {
    if (shell.exitCode === null) kill(pid);
    shell.stdout.resume();
    await closed;
  }
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(text) ?? [];
  if (user === undefined || system === undefined) throw new Error(`no account of the process: ${text}`);
  return { cpuMs: (Number(user) + Number(system)) * 1000, found };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}

/** The bare floor: `node -e 0`, to its end. */
export async function timeBareNode(): Promise<number> {
  const { cpuMs } = await timeProcess([process.execPath, '-e', '0'], process.env, ({ pid }) => ended(pid));
  return cpuMs;
}

async function ended(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(2);
  }
}
