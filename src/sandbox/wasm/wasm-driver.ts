/** @module sandbox/wasm: Python in WebAssembly, each run in a locked process of its own. */
import type { SandboxDriver, SandboxJob, SandboxOutcome } from '../../contracts/sandbox.ts';
import type { SandboxConfig } from '../../contracts/sandbox-config.ts';
import type { Workspace } from '../../contracts/workspace.ts';
import { AppError, describeError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { findGroups, type Group, type Groups } from '../native/cgroups.ts';
import { startChild } from './child-process.ts';
import { findPyodide } from './pyodide-package.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';
import { MAX_FILES, MAX_FILES_BYTES, WasmChild } from './wasm-run.ts';

/** What the driver is made with. */
export interface WasmOptions {
  readonly config: () => SandboxConfig;
  /** Absolute folder for the snapshot. */
  readonly folder: string;
  /** Safe access to the files below a folder. */
  readonly workspaceAt: (folder: string) => Workspace;
  /** Default: the one that is installed. */
  readonly find?: typeof findPyodide;
  readonly groups?: Groups | null;
}

/** Of processor time, beyond what the run may take: loading. */
const LOADING_SECONDS = 20;
/** Attacks that the self-test makes; each line that is printed is a hole. */
const SELF_TEST = `
import os, socket
for path in ('/etc/passwd', '/proc/self/environ'):
    if os.path.exists(path): print('files of the machine can be read')
try:
    socket.create_connection(('127.0.0.1', 9), 1)
    print('the network of the machine can be reached')
except BaseException as error:
    if 'refused' in str(error).lower(): print('the network of the machine can be reached')
try:
    import js
    if hasattr(js, 'process') or hasattr(js, 'globalThis'): print('JavaScript can be reached')
except ImportError: pass
try:
    from pyodide.code import run_js
    run_js('1')
    print('JavaScript can be run')
except BaseException: pass
try:
    os.fork()
    print('processes can be made')
except BaseException: pass
'done'
`;

/** Starts nothing. */
export function createWasmDriver({ config, folder, workspaceAt, find = findPyodide, groups = findGroups() ?? null }: WasmOptions): SandboxDriver {
  const children = new Set<WasmChild>();
  const warm: WasmChild[] = [];
  const stopped = new AbortController();
  let snapshot: Promise<Snapshot> | undefined;
  let isClosed = false;

  const spawn = async (): Promise<WasmChild> => {
    const pyodide = find();
    if ('why' in pyodide) throw new AppError('SANDBOX_UNAVAILABLE', { message: `Not wasm: ${pyodide.why}`, fix: pyodide.fix });
    snapshot ??= openSnapshot(folder, pyodide);
    snapshot.catch(() => {
      snapshot = undefined;
    });
    const { fd } = await snapshot;
    if (isClosed) throw new AppError('SHUTTING_DOWN');
    const { memoryBytes, timeoutSeconds } = config();
    const child = new WasmChild(
      startChild({ mode: 'run', pyodide: pyodide.folder, memoryBytes, cpuSeconds: Math.ceil(timeoutSeconds) + LOADING_SECONDS, snapshot: fd }),
    );
    children.add(child);
    void child.ended.then(() => {
      children.delete(child);
      const place = warm.indexOf(child);
      if (place >= 0) warm.splice(place, 1);
    });
    return child;
  };
  /** A child that has loaded, and is held to its share of a core from then on. */
  const prepare = async (): Promise<WasmChild> => {
    const child = await spawn();
    await child.ready;
    const group = hold(child, groups, config());
    void child.ended.then(() => group?.remove());
    return child;
  };
  /** Children that wait for work; what they cost is paid before a call comes. */
  const refill = (): void => {
    if (isClosed) return;
    for (let missing = config().warm - warm.length; missing > 0; missing -= 1) {
      void prepare()
        .then(async (child) => {
          if (isClosed) await child.close();
          else warm.push(child);
        })
        .catch(() => undefined);
    }
  };

  const run = async (job: SandboxJob): Promise<SandboxOutcome> => {
    const { program } = job;
    if (program.kind !== 'code' || program.language !== 'python') {
      throw new AppError('SANDBOX_UNAVAILABLE', { message: 'The level wasm runs Python alone.', fix: 'Install bubblewrap (Linux) for the level native.' });
    }
    const workspace = workspaceAt(job.folder);
    const files = await readAll(workspace);
    const child = warm.shift() ?? (await prepare());
    try {
      const { outcome, written, gone } = await child.run({ ...job, signal: AbortSignal.any([job.signal, stopped.signal]) }, program.code, { files });
      return { ...outcome, limitsHit: await writeAll(workspace, written, gone, outcome.limitsHit) };
    } finally {
      // Nothing can outlast this signal; what the kernel still has to tidy up is not waited for, but at the end.
      child.kill();
      setImmediate(refill);
    }
  };

  return {
    level: 'wasm',
    probe: async () => {
      const pyodide = find();
      if ('why' in pyodide) return { isUsable: false, why: pyodide.why, fix: pyodide.fix };
      try {
        const child = await spawn();
        await child.ready;
        const limits = { timeoutMs: 20_000, memoryBytes: config().memoryBytes, processes: 1, diskBytes: 1e6, cpuShare: 1, maxOutputBytes: 4096 };
        const job: SandboxJob = {
          program: { kind: 'code', language: 'python', code: SELF_TEST },
          folder,
          owner: 'probe',
          limits,
          readable: [],
          signal: stopped.signal,
        };
        const { outcome } = await child.run(job, SELF_TEST, { files: [] });
        refill();
        const holes = outcome.stdout.trim();
        if (holes !== '' || outcome.result !== '"done"') {
          return {
            isUsable: false,
            why: `its self-test found: ${holes.replaceAll('\n', '; ') || outcome.stderr.slice(-200) || 'that it did not finish'}.`,
            fix: 'Report it with the output of `switchyard sandbox test`.',
          };
        }
        return { isUsable: true, status: statusOf(pyodide.version, groups) };
      } catch (error) {
        const cause = AppError.is(error) && error.cause !== undefined ? error.cause : error;
        return {
          isUsable: false,
          why: `Python in WebAssembly does not start: ${describeError(cause).slice(0, 300)}`,
          fix: 'Run `switchyard sandbox test`; where the gateway is root, other users must be able to read its packages.',
        };
      }
    },
    run,
    async close() {
      isClosed = true;
      stopped.abort(new AppError('SHUTTING_DOWN'));
      await Promise.all([...children].map((child) => child.close()));
      (await snapshot?.catch(() => undefined))?.close();
    },
  };
}

function statusOf(version: string, groups: Groups | null): Extract<Awaited<ReturnType<SandboxDriver['probe']>>, { isUsable: true }>['status'] {
  const hasCpu = groups?.controllers.includes('cpu') === true;
  return {
    detail: `Pyodide ${version} in a locked process${hasCpu ? '; its share of a core by a control group' : '; its share of a core is not held, its time is'}.`,
    fix: null,
    languages: ['python'],
    limitsBy: ['WebAssembly memory', 'measured', ...(hasCpu ? ['cgroup cpu'] : [])],
  };
}

/** The share of a core; memory is bounded by the interpreter, whose own needs a group would count too. */
function hold(child: WasmChild, groups: Groups | null, { memoryBytes, cpuShare }: SandboxConfig): Group | undefined {
  if (!groups || child.pid === undefined) return undefined;
  try {
    const group = groups.open(`switchyard-${process.pid}-${randomHex(6)}`, {
      processes: 64,
      memoryBytes: memoryBytes + 1024 * 1_048_576,
      cpuShare,
    });
    group.add(child.pid);
    return group;
  } catch {
    return undefined;
  }
}

/** @throws AppError FILE_TOO_LARGE when the folder holds more than travels */
async function readAll(workspace: Workspace): Promise<readonly { readonly path: string; readonly base64: string }[]> {
  const { items, isTruncated } = await workspace.list('.', { isRecursive: true, maxItems: MAX_FILES });
  const found = items.filter(({ type }) => type === 'file');
  if (isTruncated || found.reduce((sum, { size }) => sum + size, 0) > MAX_FILES_BYTES) {
    throw new AppError('FILE_TOO_LARGE', {
      message: `The scratch folder holds more than the level wasm takes: ${MAX_FILES} files, ${MAX_FILES_BYTES / 1_048_576} MiB.`,
      fix: 'Use the level native, or less.',
    });
  }
  return await Promise.all(found.map(async ({ path }) => ({ path, base64: (await workspace.read(path)).bytes.toString('base64') })));
}

/** Paths are what the child says: the workspace refuses those that lead outside. @returns limits, with disk where a file was refused */
async function writeAll(
  workspace: Workspace,
  written: ReadonlyMap<string, Buffer>,
  gone: readonly string[],
  limits: SandboxOutcome['limitsHit'],
): Promise<SandboxOutcome['limitsHit']> {
  let isRefused = false;
  for (const [path, bytes] of written) {
    await workspace.write(path, bytes, { createDirectories: true }).catch(() => {
      isRefused = true;
    });
  }
  // A file that was deleted is emptied: the workspace has no way to delete, and none is opened for this.
  for (const path of gone) await workspace.write(path, Buffer.alloc(0), { createDirectories: false }).catch(() => undefined);
  return isRefused && !limits.includes('disk') ? [...limits, 'disk' as const].sort() : limits;
}
