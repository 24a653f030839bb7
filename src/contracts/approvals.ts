/** @module contracts/approvals: what waits for a person's yes: definitions of upstreams, and calls. One queue for both. */
import type { CallContext } from './call.ts';
import type { DefinitionKind, PendingApproval } from './pins.ts';
import type { ApprovalNeed } from './policy.ts';
import type { Target } from './target.ts';

/** A definition that waits, with what changed. */
export interface ShownApproval extends PendingApproval {
  /** The name, every character of it visible. */
  readonly shownName: string;
  /** A unified diff of what is approved and what is listed; every character in it can be seen. Null where the definition was not kept. */
  readonly diff: string | null;
  /** Whether the diff has all of it: a very long one ends with the number of lines that it leaves out. */
  readonly isDiffWhole: boolean;
}

/** What waits of one upstream. */
export interface ShownUpstream {
  readonly upstream: string;
  /** Approves all of it, and only as long as it is exactly this. */
  readonly snapshot: string;
  readonly pending: readonly ShownApproval[];
}

/** A call that a rule holds, as it is kept and shown. Texts are visible to the last character; secrets are taken out. */
export interface KeptCall {
  /** `call-` and 16 hexadecimal digits; stands for exactly one principal, target and set of arguments. */
  readonly id: string;
  /** SHA-256 over who, what and the exact arguments, hexadecimal. */
  readonly hash: string;
  readonly principal: string;
  /** As the client names itself; untrusted. */
  readonly client: string | null;
  /** `kind:name`. */
  readonly target: string;
  readonly rules: readonly string[];
  /** Why the rule asks. */
  readonly reason: string;
  readonly by: ApprovalNeed['by'];
  /** The arguments as JSON text. */
  readonly arguments: string;
  /** `waiting`; `approved` until its uses or its time are over; `refused` until the request would have expired. */
  readonly state: 'waiting' | 'approved' | 'refused';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expiresAt: number;
  /** What a yes is good for at most. */
  readonly uses: number;
  readonly validSeconds: number;
  /** Calls that it still allows; 0 unless approved. */
  readonly usesLeft: number;
  /** Who decided: the id of a principal, or `elicitation`. */
  readonly decidedBy: string | null;
}

/** Everything that waits. */
export interface ApprovalQueue {
  readonly upstreams: readonly ShownUpstream[];
  readonly calls: readonly KeptCall[];
}

/** Something that was decided. */
export interface DecidedApproval {
  readonly id: string;
  readonly kind: DefinitionKind | 'call';
  /** Of the definition; `kind:name` of the target for a call. */
  readonly name: string;
  /** Null for a call. */
  readonly upstream: string | null;
  /** Null for a definition that cannot be used. */
  readonly hash: string | null;
}

/** Who decides, and how far a yes to calls goes; never beyond what the rule says. */
export interface DecisionTerms {
  /** Id of the principal. */
  readonly by: string;
  readonly uses?: number | undefined;
  readonly validSeconds?: number | undefined;
}

/** The decisions. Each is bound to what was shown: an id stands for one definition or call and never for a later one of the same name. */
export interface Approvals {
  /** @throws AppError PINS_INVALID, STORAGE_* */
  list(): ApprovalQueue;
  /** Ids of what nobody has decided: cheaper than `list`. @throws as `list` */
  waiting(): readonly string[];
  /**
   * All or nothing; definitions and calls are decided apart.
   *
   * @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PERMISSION_DENIED for one's own call, PINS_INVALID, AUDIT_UNAVAILABLE, STORAGE_*
   */
  decide(decision: 'approve' | 'reject', ids: readonly string[], terms: DecisionTerms): Promise<readonly DecidedApproval[]>;
}

/** A call that a rule holds, on its road. */
export interface HeldCall {
  readonly context: CallContext;
  readonly target: Target;
  /** Validated, with defaults, frozen: what runs is this. */
  readonly input: unknown;
  readonly need: ApprovalNeed;
  /** The rule's own sentence. */
  readonly reason: string;
  /** Gives the call this many milliseconds from now; the caller's own deadline and its cancellation stay. */
  restartClock(timeoutMs: number): void;
}

/** The step of the road that wants a person's yes. */
export interface CallGate {
  /**
   * Resolves when exactly this call was approved, and the approval is used up by it; true when it had to wait for that here.
   * Everything is recorded before it acts.
   *
   * @throws AppError APPROVAL_REQUIRED, APPROVAL_REFUSED, APPROVALS_FULL, AUDIT_UNAVAILABLE, STORAGE_*, the scope's reason;
   *   InputRequired where the client answers with its next request
   */
  pass(held: HeldCall): Promise<boolean>;
}
