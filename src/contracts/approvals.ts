/** @module contracts/approvals: what waits for a person's yes, as command line and console show it. */
import type { PendingApproval } from './pins.ts';

/** A definition that waits, with what changed. */
export interface ShownApproval extends PendingApproval {
  /** The name, every character of it visible. */
  readonly shownName: string;
  /** A unified diff of what is approved and what is listed; every character in it can be seen. Null where the definition was not kept. */
  readonly diff: string | null;
}

/** What waits of one upstream. */
export interface ShownUpstream {
  readonly upstream: string;
  /** Approves all of it, and only as long as it is exactly this. */
  readonly snapshot: string;
  readonly pending: readonly ShownApproval[];
}

/** The decisions. Each is bound to what was shown: an id stands for one definition and never for a later one of the same name. */
export interface Approvals {
  /** @throws AppError PINS_INVALID, STORAGE_* */
  list(): readonly ShownUpstream[];
  /** @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PINS_INVALID, AUDIT_UNAVAILABLE, STORAGE_* */
  decide(decision: 'approve' | 'reject', ids: readonly string[]): Promise<readonly PendingApproval[]>;
}
