/** @module core/process-identity: which process it was, so that another one with the same number is not taken for it. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * When the process began, in a form that differs for any other process of this machine and boot: Linux alone, from
 * `/proc`. Undefined when there is no such process, or where it cannot be told.
 */
export function processBirth(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program may hold spaces and brackets: fields are counted behind its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' || startTicks === undefined ? undefined : `${bootId()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

let boot: string | undefined;

function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return boot;
}

/** This process in one line: `<place>/<pid>/<birth>`. */
export function processName(): string {
  return `${placeOf()}/${process.pid}/${processBirth(process.pid) ?? ''}`;
}

/** Where numbers of processes mean the same: containers may share a host name and a home, and count for themselves. */
function placeOf(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Whether the process of that name has certainly ended. False where it cannot be told: another host, container or system. */
export function hasEnded(name: string): boolean {
  const [, place, pid, birth] = /^(.*)\/(\d+)\/(.*)$/s.exec(name) ?? [];
  if (place !== placeOf() || birth === undefined || birth === '') return false;
  return processBirth(Number(pid)) !== birth;
}
