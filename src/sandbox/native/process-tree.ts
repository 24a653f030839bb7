/** @module sandbox/native/process-tree: the processes below one, and what they take, as the kernel tells it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in these on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** A tree that is larger is beyond every limit anyway. */
const MAX_PROCESSES = 1000;

/** What a tree takes at one moment. */
export interface TreeUse {
  readonly pids: readonly number[];
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Everything below the process, itself left out. What ends meanwhile is left out too. */
export function useOfTree(pid: number): TreeUse {
  const pids: number[] = [];
  let [ticks, pages] = [0, 0];
  const open = childrenOf(pid);
  while (open.length > 0 && pids.length < MAX_PROCESSES) {
    const next = open.pop();
    if (next === undefined) break;
    const fields = statOf(next);
    if (!fields) continue;
    pids.push(next);
    open.push(...childrenOf(next));
    // user and system time, its own and of children that have ended; resident pages: fields 14 to 17 and 24 of proc_pid_stat(5).
    ticks += [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    pages += Number(fields[21] ?? 0);
  }
  return { pids, cpuMs: (ticks * 1000) / TICKS_PER_SECOND, residentBytes: pages * PAGE_BYTES };
}

/** Resident bytes of one process; 0 where the system does not say. */
export function readResident(pid: number): number {
  return Number(statOf(pid)?.[21] ?? 0) * PAGE_BYTES;
}

/** Whether the process is there and has not ended: one that nobody has collected yet has. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The fields after the name, which may hold spaces and parentheses. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Of all its threads: any of them may have started one. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
