/** @module calls/ports: what the pipeline is given by the composition root. */
import type { Clock } from '../core/clock.ts';
import type { CallGate } from '../contracts/approvals.ts';
import type { AuditSink } from '../contracts/audit.ts';
import type { Catalog } from '../contracts/catalog.ts';
import type { Limits } from '../contracts/limits.ts';
import type { KillSwitch, Policy } from '../contracts/policy.ts';
import type { Identity, Principal } from '../contracts/principal.ts';
import type { CallReport, Counter, Histogram, Logger } from '../contracts/telemetry.ts';

/** What a change of the configuration swaps. A call holds the generation it began with. */
export interface Generation {
  /** Counts up with every swap. */
  readonly id: number;
  readonly catalog: Catalog;
  readonly policy: Policy;
  /** Milliseconds for calls whose target declares nothing. */
  readonly callTimeoutMs: number;
}

/** Ports of the pipeline. */
export interface CallPorts {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly limits: Limits;
  readonly killSwitch: KillSwitch;
  readonly audit: AuditSink;
  /** Asked where a rule wants a person's yes; absent = such calls are refused. */
  readonly approvals?: CallGate | undefined;
  readonly logger: Logger;
  /** Refuses callers who may not use a virtual server. @throws AppError PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED */
  readonly enter?: ((profile: string, principal: Principal) => void) | undefined;
  /** The current generation. */
  readonly generation: () => Generation;
  /** Counts finished calls by {door, kind, outcome}. */
  readonly finished: Counter;
  /** Observes their seconds by {kind}. */
  readonly duration: Histogram;
  /** Told of every finished call. */
  readonly report?: ((report: CallReport) => void) | undefined;
}
