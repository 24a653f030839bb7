/** @module models/providers/gemini-cli/run: runs the program: no shell, little environment, an own process group, an end in any case. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Environment } from '../provider-module.ts';
import type { ProgramEnd } from './answer.ts';

/** One run. */
export interface ProgramRun {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Of the gateway; what is not on the list stays here. */
  readonly env: Environment;
  readonly apiKey: string | null;
  /** For standard input. */
  readonly input: string;
  readonly scope: Scope;
  /** Milliseconds until its end. */
  readonly timeoutMs: number;
  /** Bytes of its output. */
  readonly maxBytes: number;
}

/** What the program cannot do without. Keys, tokens and proxies with passwords are not among it. */
const INHERITED: readonly string[] = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot'];
const MAX_COMPLAINT_BYTES = 65_536;
/** A model that is asked for text must not read files or run commands of this machine. */
const NO_TOOLS = '[[rule]]\ntoolName = "*"\ndecision = "deny"\npriority = 999\n';

/**
 * Runs the program in a folder of its own, which is gone afterwards. The folder looks like the root of a
 * project, so that no file above it is taken for instructions or settings.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED, PROVIDER_SILENT, RESPONSE_TOO_LARGE, or the scope's reason
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  run.scope.throwIfCancelled();
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-gemini-'));
  try {
    const workplace = join(folder, 'project');
    await mkdir(join(workplace, '.git'), { recursive: true });
    await mkdir(join(workplace, '.gemini'));
    await writeFile(join(workplace, '.gemini', '.env'), '');
    const policy = join(folder, 'no-tools.toml');
    await writeFile(policy, NO_TOOLS);
    return await execute(run, workplace, ['--admin-policy', policy, ...run.args]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function execute({ program, env, apiKey, input, scope, timeoutMs, maxBytes }: ProgramRun, cwd: string, args: readonly string[]): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: environmentOf(env, apiKey),
      detached: true,
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    const complaint: Buffer[] = [];
    let size = 0;
    let complained = 0;
    let failure: AppError | undefined;
    const end = (reason: AppError): void => {
      failure ??= reason;
      killGroup(child.pid);
      // Pipes that a grandchild in a group of its own holds open must not keep the caller.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => end(new AppError('PROVIDER_SILENT', { message: `The Gemini CLI did not answer within ${timeoutMs} ms.` })), timeoutMs);
    const release = scope.onCancel(end);
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.byteLength;
      if (size > maxBytes) end(new AppError('RESPONSE_TOO_LARGE', { message: `The answer has more than ${maxBytes} bytes.` }));
      else output.push(piece);
    });
    child.stderr.on('data', (piece: Buffer) => {
      complained += piece.byteLength;
      if (complained <= MAX_COMPLAINT_BYTES) complaint.push(piece);
    });
    // A program that ends before it has read all tells why by its code.
    child.stdin.on('error', () => undefined).end(input);
    child.once('error', (cause) => {
      failure ??= new AppError('PROVIDER_NOT_CONFIGURED', {
        message: 'The Gemini CLI cannot be started.',
        fix: 'Check that the program under `command` is there and may be run.',
        cause,
      });
    });
    // What it leaves behind in its group ends with it, and holds no pipe open.
    child.once('exit', () => killGroup(child.pid));
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      release();
      if (failure) reject(failure);
      else resolve({ exitCode, output: Buffer.concat(output), complaint: Buffer.concat(complaint).toString('utf8') });
    });
  });
}

function environmentOf(env: Environment, apiKey: string | null): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    ...Object.fromEntries(inherited),
    NO_COLOR: '1',
    // The folder is ours and empty: without this, newer versions refuse to run in it.
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    ...(apiKey === null ? {} : { GEMINI_API_KEY: apiKey }),
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
