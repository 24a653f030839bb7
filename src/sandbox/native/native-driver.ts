/** @module sandbox/native: code behind namespaces, a filter of system calls and limits of the kernel, by bubblewrap. */
import { existsSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import type { SandboxDriver, SandboxJob, SandboxLanguage, SandboxOutcome, SandboxProgram } from '../../contracts/sandbox.ts';
import type { SandboxConfig } from '../../contracts/sandbox-config.ts';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { type Controller, findGroups, type Groups } from './cgroups.ts';
import { execute, FDS } from './execution.ts';
import { fenceArguments } from './fence.ts';
import { CODE_PATH, LAUNCHER, PYTHON_HARNESS, QUIET_LAUNCHER } from './harness.ts';
import { findInterpreters, type Interpreter } from './interpreters.ts';
import { probeNative } from './probe.ts';
import { seccompFilter } from './seccomp-filter.ts';

/** Where distributions install it; no look-up in PATH, which others may have written. */
const BWRAP_PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/run/current-system/sw/bin/bwrap'];
const BASH = '/usr/bin/bash';
const TEMPORARY_BYTES = 64 * 1_048_576;
const KIBIBYTE = 1024;
/** V8 reserves room for machine code as if it wrote to it. */
const CODE_RANGE_BYTES = 768 * 1_048_576;
const MAX_FILES = 256;
/** Node runs threads of its own: workers of V8 and libuv, the inspector's. They count as processes. */
const THREADS_OF_NODE = 8;
/** The first process of a namespace counts too. */
const REAPER = 1;
/** Users that no system gives out: above those of people, services and containers. */
const FIRST_USER = 2_000_000_000;
const USERS = 100_000_000;
const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/work', LANG: 'C.UTF-8', TMPDIR: '/tmp', TERM: 'dumb' } as const;

/** What the driver is made with. */
export interface NativeOptions {
  readonly config: () => SandboxConfig;
  /** Default: where distributions install it. */
  readonly bwrap?: string | undefined;
  /** Default: what this machine has. Null = none. */
  readonly groups?: Groups | null;
}

/** The user of an owner, where the gateway is root; undefined elsewhere. */
export function userOf(owner: string): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return FIRST_USER + (createHash('sha256').update(owner).digest().readUInt32LE(0) % USERS);
}

/** bubblewrap, or undefined. */
export function findBwrap(): string | undefined {
  return process.platform === 'linux' ? BWRAP_PLACES.find((path) => existsSync(path)) : undefined;
}

/** Starts nothing. */
export function createNativeDriver({ config, bwrap = findBwrap(), groups = findGroups() ?? null }: NativeOptions): SandboxDriver {
  const running = new Set<Promise<unknown>>();
  const stopped = new AbortController();
  const interpreters = (): Readonly<Partial<Record<SandboxLanguage, Interpreter>>> => findInterpreters(config().interpreters);
  const held: readonly Controller[] = groups?.controllers ?? [];

  const start = async (job: SandboxJob): Promise<SandboxOutcome> => {
    if (bwrap === undefined) throw new AppError('SANDBOX_UNAVAILABLE');
    const { program, folder, owner, limits, readable, signal, onOutput } = job;
    const dropTo = userOf(owner);
    if (dropTo !== undefined) await chown(folder, dropTo, dropTo);
    const { command, needs, isQuiet, threads } = commandOf(program, interpreters(), limits.memoryBytes);
    const processes = limits.processes + threads;
    const group = groups?.open(`switchyard-${process.pid}-${randomHex(6)}`, { ...limits, processes: processes + REAPER });
    const args = [
      ...fenceArguments({
        readable: [...needs, ...readable.map((path) => [path, path] as const)],
        writable: [[folder, '/work']],
        hasNetwork: false,
        temporaryBytes: TEMPORARY_BYTES,
        dropTo,
        secretFd: { seccomp: FDS.seccomp, info: FDS.info, block: FDS.block, code: { fd: FDS.code, path: codePathOf(program) } },
      }),
      ...[BASH, '--norc', '--noprofile', '-p', '-c', isQuiet ? QUIET_LAUNCHER : LAUNCHER, 'launcher', '/work'],
      ...limitsOf(job, processes, held, dropTo === undefined ? 1 : config().concurrency),
      '--',
      ...command,
    ];
    const code = program.kind === 'code' ? program.code : '';
    return await execute({
      bwrap,
      args,
      env: ENV,
      filter: seccompFilter(false),
      code,
      folder,
      limits,
      group,
      held,
      signal: AbortSignal.any([signal, stopped.signal]),
      onOutput,
    });
  };

  const run = async (job: SandboxJob): Promise<SandboxOutcome> => {
    const outcome = start(job);
    running.add(outcome);
    return await outcome.finally(() => running.delete(outcome));
  };

  return {
    level: 'native',
    probe: async () => await probeNative({ bwrap, run, languages: Object.keys(interpreters()), held }),
    run,
    async close() {
      stopped.abort(new AppError('SHUTTING_DOWN'));
      await Promise.allSettled(running);
    },
  };
}

interface Command {
  readonly command: readonly string[];
  readonly needs: Interpreter['needs'];
  readonly isQuiet: boolean;
  readonly threads: number;
}

/** @throws AppError SANDBOX_UNAVAILABLE when there is no interpreter for the language */
function commandOf(program: SandboxProgram, interpreters: Readonly<Partial<Record<SandboxLanguage, Interpreter>>>, memoryBytes: number): Command {
  if (program.kind === 'command') return { command: ['/usr/bin/env', '--', ...program.argv], needs: [], isQuiet: true, threads: 0 };
  const { language } = program;
  const interpreter = interpreters[language];
  if (!interpreter) {
    throw new AppError('SANDBOX_UNAVAILABLE', {
      message: `There is no interpreter for ${language} here.`,
      fix: `Install ${language === 'python' ? 'python3' : language}, or name one under sandbox.interpreters.${language}.`,
    });
  }
  const { path, needs } = interpreter;
  if (language === 'python') return { command: [path, '-I', '-B', '-c', PYTHON_HARNESS], needs, isQuiet: false, threads: 0 };
  if (language === 'bash') return { command: [path, '--norc', '--noprofile', codePathOf(program)], needs, isQuiet: true, threads: 0 };
  const heapMb = Math.max(16, Math.floor((memoryBytes / KIBIBYTE / KIBIBYTE) * 0.75));
  return { command: [path, '--v8-pool-size=0', `--max-old-space-size=${heapMb}`, codePathOf(program)], needs, isQuiet: true, threads: THREADS_OF_NODE };
}

function codePathOf(program: SandboxProgram): string {
  if (program.kind === 'command') return CODE_PATH;
  return `${CODE_PATH}.${{ python: 'py', node: 'js', bash: 'sh' }[program.language]}`;
}

/**
 * Options of bash's `ulimit`. Address space bounds Python and shells; V8 reserves far more than it uses, so Node's data is
 * bounded instead. Processes are counted by user: in a namespace of one run they are its own; users of root's runs are shared by
 * runs of one owner, for which the control group counts, where there is one.
 */
function limitsOf({ program, limits }: SandboxJob, processes: number, held: readonly Controller[], sharers: number): readonly string[] {
  const { memoryBytes, diskBytes, timeoutMs } = limits;
  const isNode = program.kind === 'code' && program.language === 'node';
  const memory = String(Math.floor((isNode ? memoryBytes + CODE_RANGE_BYTES : memoryBytes) / KIBIBYTE));
  const count = held.includes('pids') ? processes * sharers + REAPER : processes + (sharers === 1 ? REAPER : 0);
  return [
    ...['-c', '0', '-n', String(MAX_FILES), '-u', String(count)],
    ...['-f', String(Math.ceil(diskBytes / KIBIBYTE)), '-t', String(Math.ceil(timeoutMs / 1000) + 2)],
    ...(isNode ? ['-d', memory] : ['-v', memory]),
  ];
}
