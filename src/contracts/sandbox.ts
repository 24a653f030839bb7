/** @module contracts/sandbox: code that a caller brought, run where it can do no harm, or not at all. */

/** How strong the fence is. `native` = namespaces, system-call filter and limits of the kernel; `wasm` = an interpreter in WebAssembly in a locked process. */
export type SandboxLevel = 'native' | 'wasm' | 'none';

/** What code can be written in. */
export type SandboxLanguage = 'python' | 'node' | 'bash';

/** A bound that a run met. The share of a core is none: it slows a run down and ends nothing. */
export type SandboxLimit = 'time' | 'memory' | 'processes' | 'disk' | 'output';

/** What a self-test found. */
export interface SandboxStatus {
  readonly level: SandboxLevel;
  /** One sentence: what it is, and why not better. No path of the machine. */
  readonly detail: string;
  /** What would make it better; null where nothing can. */
  readonly fix: string | null;
  readonly languages: readonly SandboxLanguage[];
  /** Whether limits are those of a cgroup, or of each process and measured from outside. */
  readonly limitsBy: readonly string[];
}

/** Bounds of one run; all are enforced, whichever the level. */
export interface SandboxLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly diskBytes: number;
  readonly cpuShare: number;
  readonly maxOutputBytes: number;
}

/** What is run. */
export type SandboxProgram =
  | { readonly kind: 'code'; readonly language: SandboxLanguage; readonly code: string }
  /** No shell between. The program is looked up in the sandbox's own PATH. */
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** A run. */
export interface SandboxJob {
  readonly program: SandboxProgram;
  /** Absolute path of the folder that the code sees as /work and may change. Must exist. */
  readonly folder: string;
  /** Whose folder it is: runs of different owners have different system users where that can be. */
  readonly owner: string;
  readonly limits: SandboxLimits;
  /** Absolute folders that may be read. */
  readonly readable: readonly string[];
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Told of output as it comes, already within the cap. Must not throw. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', text: string) => void) | undefined;
}

/** How a run ended. A program that fails is an outcome, not an error. */
export interface SandboxOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Python: value of the last expression as JSON text, or its repr; null where there is none. */
  readonly result: string | null;
  /** Null = it was ended by a signal. */
  readonly exitCode: number | null;
  readonly limitsHit: readonly SandboxLimit[];
  readonly durationMs: number;
}

/** One way to run code. */
export interface SandboxDriver {
  readonly level: 'native' | 'wasm';
  /** Tries the fence. Cheap enough for a first use. @returns what it can do, or why it cannot be used with the fix */
  probe(): Promise<
    { readonly isUsable: true; readonly status: Omit<SandboxStatus, 'level'> } | { readonly isUsable: false; readonly why: string; readonly fix: string }
  >;
  /**
   * Nothing of the run is left when it resolves.
   *
   * @throws AppError SANDBOX_UNAVAILABLE (language or program not there), CANCELLED and whatever the signal's reason is, SANDBOX_FAILED
   */
  run(job: SandboxJob): Promise<SandboxOutcome>;
  /** Ends what runs and waits. */
  close(): Promise<void>;
}

/** A file that goes in or came out. */
export interface SandboxFile {
  /** Relative to the scratch folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file that a run left. */
export interface WrittenFile {
  readonly path: string;
  readonly size: number;
}

/** What a tool asks for. */
export interface SandboxRequest {
  readonly program: SandboxProgram;
  /** Whose scratch folder it runs in: the principal's id. */
  readonly owner: string;
  readonly timeoutMs: number;
  /** Written into the scratch folder first. */
  readonly files: readonly SandboxFile[];
  readonly signal: AbortSignal;
  readonly onOutput?: SandboxJob['onOutput'];
  /** Told when its turn has come. */
  readonly onStart?: (() => void) | undefined;
  /** Told of limits that were hit, before the answer; a rejection fails the call. */
  readonly onViolation?: ((limits: readonly SandboxLimit[], level: SandboxLevel) => Promise<void>) | undefined;
}

/** A run as its caller hears of it. */
export interface SandboxAnswer extends SandboxOutcome {
  readonly level: SandboxLevel;
  /** New and changed regular files of the scratch folder, sorted; at most 1000. */
  readonly filesWritten: readonly WrittenFile[];
}

/** A program with everything that starts it inside of the sandbox. */
export interface SandboxedProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Bytes that the program must find at descriptors 3 and up; each is a pipe that ends. */
  readonly inputs: readonly Uint8Array[];
}

/** The sandbox as tools, status and doctor see it. */
export interface Sandbox {
  /** Of the self-test, run at the first use and once more when that failed a minute ago. */
  status(): Promise<SandboxStatus>;
  /**
   * Writes the files, runs, collects. Waits while others run.
   *
   * @throws AppError SANDBOX_UNAVAILABLE, OVERLOADED, STORAGE_FULL (scratch folder above its quota), PATH_*, FILE_TOO_LARGE, CANCELLED, DEADLINE_EXCEEDED
   */
  run(request: SandboxRequest): Promise<SandboxAnswer>;
  /** Absolute path of the owner's scratch folder; made at its first use. */
  scratchOf(owner: string): string;
  close(): Promise<void>;
}
