/** @module sandbox/native/watch: the bounds that the kernel does not hold for a whole run, looked at from outside. */
import type { SandboxLimit, SandboxLimits } from '../../contracts/sandbox.ts';
import { useOfFolder } from '../folder-use.ts';
import type { Controller } from './cgroups.ts';
import { useOfTree } from './process-tree.ts';

const LOOK_MS = 100;
const DISK_EVERY = 5;
/** Processor time that a run may have at its start whatever its share: starting an interpreter takes some. */
const FREE_CPU_MS = 1000;

/** What is watched. */
export interface WatchOptions {
  /** Head of the run's process tree. */
  readonly pid: number;
  readonly folder: string;
  readonly limits: SandboxLimits;
  /** What the kernel holds already. */
  readonly held: readonly Controller[];
  readonly startedAt: number;
  /** Called once for the first limit that is passed. */
  readonly onExcess: (limit: SandboxLimit) => void;
}

/** Looks ten times a second at processes, twice at the folder; holds back a run that takes more than its share of a core. @returns the way to stop */
export function watchRun({ pid, folder, limits, held, startedAt, onExcess }: WatchOptions): () => void {
  let looks = 0;
  let isMeasuring = false;
  let isHeldBack = false;
  const excess = (limit: SandboxLimit): void => {
    clearInterval(timer);
    onExcess(limit);
  };
  const lookAtFolder = async (): Promise<void> => {
    isMeasuring = true;
    const { bytes, isEndless } = await useOfFolder(folder, limits.diskBytes);
    isMeasuring = false;
    if (bytes > limits.diskBytes || isEndless) excess('disk');
  };
  const lookAtProcesses = (): void => {
    const { pids, cpuMs, residentBytes } = useOfTree(pid);
    if (!held.includes('memory') && residentBytes > limits.memoryBytes) return void excess('memory');
    if (held.includes('cpu')) return;
    const isBeyond = cpuMs > FREE_CPU_MS + (performance.now() - startedAt) * limits.cpuShare;
    if (isBeyond || isHeldBack) signalAll(pids, isBeyond ? 'SIGSTOP' : 'SIGCONT');
    isHeldBack = isBeyond;
  };
  const timer = setInterval(() => {
    looks += 1;
    if (looks % DISK_EVERY === 0 && !isMeasuring) void lookAtFolder();
    if (!held.includes('cpu') || !held.includes('memory')) lookAtProcesses();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** To each that is still there. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}
