import { execFile } from 'node:child_process';

/** How a program ended; `code` is −1 where it could not start, was killed, or ran out of time. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What may be different from a plain run of Node. */
export interface RunOptions {
  /** Default: the Node of the test. */
  readonly program?: string;
  readonly cwd?: string;
  /** The whole environment; default: that of the test. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly timeoutMs?: number;
}

/** Runs Node, or another program, to its end; its stdin has nothing unless it is given. Never rejects. */
export function runToEnd(args: readonly string[], { program = process.execPath, cwd, env, stdin = '', timeoutMs = 60_000 }: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { cwd, env, timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
    child.stdin?.on('error', () => undefined).end(stdin);
  });
}

/** What it wrote to stdout. @throws Error with both its outputs when it did not end with 0 */
export function stdoutOf({ code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
