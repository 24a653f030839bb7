/**
 * @module sandbox/native/cgroups: limits of the kernel for a whole run rather than for each of its processes, where this process
 * may make control groups: as root, or in a delegated tree.
 *
 * @see Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is limited. */
export type Controller = 'pids' | 'memory' | 'cpu';

/** Numbers for one run. */
export interface GroupLimits {
  readonly processes: number;
  readonly memoryBytes: number;
  readonly cpuShare: number;
}

/** The group of one run. */
export interface Group {
  /** @throws Error when the process has gone */
  add(pid: number): void;
  /** Which bounds the kernel has enforced so far. */
  hits(): readonly ('processes' | 'memory')[];
  /** After the last process has ended. */
  remove(): void;
}

/** Where groups can be made. */
export interface Groups {
  readonly controllers: readonly Controller[];
  /** @throws Error of the file system */
  open(name: string, limits: GroupLimits): Group;
}

const PERIOD_US = 100_000;
const CONTROLLERS: readonly Controller[] = ['pids', 'memory', 'cpu'];
/** Folder of all runs, in version 2. */
const PARENT = 'switchyard';

interface Setting {
  readonly file: string;
  readonly value: string;
  /** Newer kernels have it, or those with swap: may be missing. */
  readonly isOptional?: boolean;
}

/** @param root where control groups are mounted @param self what the kernel says about this process; both only for tests */
export function findGroups(root: string = '/sys/fs/cgroup', self: string = '/proc/self/cgroup'): Groups | undefined {
  try {
    return existsSync(join(root, 'cgroup.controllers')) ? unified(root) : separate(root, readFileSync(self, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Version 1: a tree for each controller. */
function separate(root: string, text: string): Groups | undefined {
  const places = new Map<Controller, string>();
  for (const line of text.split('\n')) {
    const [, names = '', path = ''] = line.split(':');
    for (const name of CONTROLLERS) {
      if (!names.split(',').includes(name)) continue;
      const place = [join(root, name, path), join(root, name)].find((folder) => canMake(folder));
      if (place !== undefined) places.set(name, place);
    }
  }
  if (places.size === 0) return undefined;
  return {
    controllers: CONTROLLERS.filter((name) => places.has(name)),
    open: (name, limits) => openGroup([...places].map(([controller, place]) => ({ folder: join(place, name), settings: settingsV1(controller, limits) }))),
  };
}

/** Version 2: one tree. Its controllers must be switched on for the children of the parent. */
function unified(root: string): Groups | undefined {
  const parent = join(root, PARENT);
  mkdirSync(parent, { recursive: true });
  const offered = new Set(readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' '));
  const controllers = CONTROLLERS.filter((name) => offered.has(name));
  if (controllers.length === 0) return undefined;
  writeFileSync(join(parent, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '));
  return {
    controllers,
    open: (name, limits) => openGroup([{ folder: join(parent, name), settings: controllers.flatMap((controller) => settingsV2(controller, limits)) }]),
  };
}

function settingsV1(controller: Controller, { processes, memoryBytes, cpuShare }: GroupLimits): readonly Setting[] {
  if (controller === 'pids') return [{ file: 'pids.max', value: String(processes) }];
  if (controller === 'cpu') {
    return [
      { file: 'cpu.cfs_period_us', value: String(PERIOD_US) },
      { file: 'cpu.cfs_quota_us', value: String(Math.round(PERIOD_US * cpuShare)) },
    ];
  }
  const value = String(memoryBytes);
  return [
    { file: 'memory.limit_in_bytes', value },
    { file: 'memory.memsw.limit_in_bytes', value, isOptional: true },
  ];
}

function settingsV2(controller: Controller, { processes, memoryBytes, cpuShare }: GroupLimits): readonly Setting[] {
  if (controller === 'pids') return [{ file: 'pids.max', value: String(processes) }];
  if (controller === 'cpu') return [{ file: 'cpu.max', value: `${Math.round(PERIOD_US * cpuShare)} ${PERIOD_US}` }];
  return [
    { file: 'memory.max', value: String(memoryBytes) },
    { file: 'memory.swap.max', value: '0', isOptional: true },
    { file: 'memory.oom.group', value: '0', isOptional: true },
  ];
}

function openGroup(parts: readonly { readonly folder: string; readonly settings: readonly Setting[] }[]): Group {
  const folders = parts.map(({ folder }) => folder);
  const remove = (): void => {
    for (const folder of folders) {
      try {
        rmdirSync(folder);
      } catch {
        // Gone already, or the kernel has not let go yet: an empty group costs nothing.
      }
    }
  };
  try {
    for (const { folder, settings } of parts) {
      mkdirSync(folder);
      for (const setting of settings) write(folder, setting);
    }
  } catch (error) {
    remove();
    throw error;
  }
  const counts = (file: string, name: string): boolean => folders.some((folder) => countOf(join(folder, file), name) > 0);
  return {
    add: (pid) => {
      for (const folder of folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    },
    hits: () => [
      ...(counts('pids.events', 'max') ? (['processes'] as const) : []),
      ...(counts('memory.events', 'oom_kill') || counts('memory.oom_control', 'oom_kill') ? (['memory'] as const) : []),
    ],
    remove,
  };
}

function write(folder: string, { file, value, isOptional = false }: Setting): void {
  try {
    writeFileSync(join(folder, file), value);
  } catch (error) {
    if (!isOptional) throw error;
  }
}

function countOf(path: string, name: string): number {
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function canMake(folder: string): boolean {
  const trial = join(folder, `switchyard-trial-${process.pid}`);
  try {
    mkdirSync(trial);
    rmdirSync(trial);
    return true;
  } catch {
    return false;
  }
}
