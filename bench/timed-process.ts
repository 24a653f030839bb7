/**
 * Runs a program and learns what it cost: the shell's `time` reads the kernel's account (wait4) of the
 * ended process with all its threads, which Node does not offer for its children.
 */
import { type ChildProcess, spawn } from 'node:child_process';
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

interface Shell {
  readonly process: ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };
  /** User and system time of the program in milliseconds, once the shell has ended. */
  cpuMs(): Promise<number>;
}

/** The shell that runs the program and then tells on its fourth descriptor what that cost. */
function openShell(command: readonly string[], env: NodeJS.ProcessEnv): Shell {
  const shell = spawn('bash', ['-c', '{ time "$@" 2>/dev/null; } 2>&3', 'bash', ...command], {
    env: { ...env, TIMEFORMAT: 'cpu %3U %3S' },
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
  });
  const { stdin, stdout, stdio } = shell;
  const report = stdio[3];
  if (stdin === null || stdout === null || !(report && 'read' in report)) throw new Error('bash cannot be started');
  let text = '';
  report.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  stdin.on('error', () => undefined);
  const closed = once(shell, 'close');
  return {
    process: Object.assign(shell, { stdin, stdout }),
    async cpuMs() {
      stdout.resume();
      await closed;
      const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(text) ?? [];
      if (user === undefined || system === undefined) throw new Error(`no account of the process: ${text}`);
      return (Number(user) + Number(system)) * 1000;
    },
  };
}

/**
 * Starts the program, lets `drive` speak with it, then kills it with SIGKILL (unless it has ended by
 * itself): the cost is that of everything up to the moment `drive` was satisfied.
 */
export async function timeProcess<T>(command: readonly string[], env: NodeJS.ProcessEnv, drive: (program: RunningProgram) => Promise<T>): Promise<Timed<T>> {
  const shell = openShell(command, env);
  const { stdin, stdout, pid: shellPid = 0 } = shell.process;
  const pid = await childOf(shellPid);
  let found: T;
  try {
    found = await drive({ pid, stdin, nextLine: lineReader(stdout) });
  } catch (error) {
    kill(pid);
    await shell.cpuMs();
    throw error;
  }
  kill(pid);
  return { cpuMs: await shell.cpuMs(), found };
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
  return openShell([process.execPath, '-e', '0'], process.env).cpuMs();
}
