/** @module contracts/readiness: how far the start or the stop has come. */

/** One named step. `ms` is its duration once it ended. */
export interface ReadinessStep {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly ms: number | null;
}

/** The seven steps up and the seven steps down. Names and states only: shown to anybody who asks. */
export interface ReadinessReport {
  readonly phase: 'new' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';
  readonly up: readonly ReadinessStep[];
  readonly down: readonly ReadinessStep[];
}

/** The state at this moment; cheap, called for every probe. */
export type Readiness = () => ReadinessReport;
