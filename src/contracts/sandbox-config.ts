/** @module contracts/sandbox-config: what code of callers may use, as an operator writes it. */
import { deepFreeze } from '../core/json.ts';

/** Folders and ways that a program in the sandbox is given beside what every one has. */
export interface SandboxGrants {
  /** Absolute files and folders that it may read. */
  readonly read: readonly string[];
  /** Absolute files and folders that it may also change. */
  readonly write: readonly string[];
  /** True = the network of the machine, without a filter. */
  readonly network: boolean;
}

/** Programs that run code; null = the first of the usual places. */
export interface InterpretersConfig {
  readonly python: string | null;
  readonly node: string | null;
  readonly bash: string | null;
}

/** The sandbox. */
export interface SandboxConfig {
  /** `auto` = the strongest that works; `native`, `wasm` = this one or none; `off` = none. */
  readonly level: 'auto' | 'native' | 'wasm' | 'off';
  /** The longest that a run may take, whatever the call asks for. */
  readonly timeoutSeconds: number;
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly processes: number;
  /** Bytes of everything in one client's scratch folder. */
  readonly diskBytes: number;
  /** Share of one core. */
  readonly cpuShare: number;
  /** Bytes of stdout, and of stderr, that are kept. */
  readonly maxOutputBytes: number;
  /** Runs at once; others wait. */
  readonly concurrency: number;
  /** Runs that may wait. */
  readonly queue: number;
  /** Preloaded interpreters of the level wasm that wait for work; each takes about 200 MB. */
  readonly warm: number;
  readonly interpreters: InterpretersConfig;
  /** Absolute folders that code may read beside the system's, such as a virtual environment of Python. */
  readonly readable: readonly string[];
  /** What run_command may start: each a list of patterns for the program and its arguments; `**` as the last = any more. */
  readonly commands: readonly (readonly string[])[];
}

/** The sandbox where the operator says nothing. */
export const DEFAULT_SANDBOX: SandboxConfig = deepFreeze({
  level: 'auto',
  timeoutSeconds: 30,
  memoryBytes: 512 * 1_048_576,
  processes: 5,
  diskBytes: 1024 * 1_048_576,
  cpuShare: 0.5,
  maxOutputBytes: 1_048_576,
  concurrency: 4,
  queue: 32,
  warm: 1,
  interpreters: { python: null, node: null, bash: null },
  readable: [],
  commands: [],
});
