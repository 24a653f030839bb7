/** @module contracts/target: what a call reaches. */
import type { JsonObject, MaybePromise } from '../core/json.ts';
import type { CallContext, Terminal } from './call.ts';
import type { PermissionRequest } from './policy.ts';
import type { Spend } from './spend.ts';

/** Kinds of targets. `catalog` = the list methods, `completion` = argument completion, `subscription` = notice of changes, `admin` = operations of the gateway itself, `task` = reading, answering and cancelling the caller's own tasks. */
export type TargetKind = 'tool' | 'resource' | 'prompt' | 'completion' | 'catalog' | 'subscription' | 'admin' | 'model' | 'task';

/** Where a call comes from, as far as its effects depend on it. */
export interface CallPlace {
  /** See Arrival. */
  readonly workspaceRoot?: string | undefined;
}

/** What a target demands of its caller. A target without it cannot be registered. */
export interface Access {
  /** All of these scopes; empty = any authenticated principal. */
  readonly scopes: readonly string[];
  /** What the call would do with these arguments (validated, with defaults). Absent = nothing that needs permission. */
  readonly permissions?: ((input: unknown, place: CallPlace) => readonly PermissionRequest[]) | undefined;
}

/** One reason why a value does not match a schema. */
export interface Problem {
  /** JSON Pointer to the place; empty = the whole value. */
  readonly path: string;
  readonly message: string;
}

/** Returns the problems (at most ten), or undefined when the value matches. */
export type Validate = (value: unknown) => readonly Problem[] | undefined;

/** How a target wants to be run and counted. */
export interface TargetTraits {
  /** Only reads: needs no intent record, may be retried. */
  readonly isReadOnly: boolean;
  /** Milliseconds a call may take; Infinity = only the caller's own deadline (streams). Absent = what the configuration gives every call. */
  readonly timeoutMs?: number | undefined;
  /** The same for a call that can become a task. Absent = timeoutMs. */
  readonly taskTimeoutMs?: number | undefined;
  /** Whether a call that takes long may become a task. Default true. */
  readonly canBeTask?: boolean | undefined;
  /** Name of an extra rate limit, such as `generate`. */
  readonly rateClass?: string | undefined;
  /** Subscriptions wait for hours: they take no concurrency slot. */
  readonly takesSlot: boolean;
  /** 0–10; higher leaves the queue first. Default 5. */
  readonly priority: number;
}

/** Anything on the far end of the road. */
export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
  /** Of one URI of a resource template: the text of the template. */
  readonly template?: string | undefined;
  /** The upstream it comes from, by the name in the configuration: what the kill switch calls it. */
  readonly upstream?: string | undefined;
  readonly access: Access;
  readonly traits: TargetTraits;
  /** Compiled lazily by its owner; undefined = every input is accepted. */
  readonly validateInput?: Validate | undefined;
  /** Checked against the terminal part's value. */
  readonly validateOutput?: Validate | undefined;
  /** Members merged under the caller's input before validation. */
  readonly defaults?: JsonObject | undefined;
  /** JSON Pointers of input members that must not reach audit or log (also not as HMAC). */
  readonly redact?: readonly string[] | undefined;
  /** Whether failures and results of this tool carry the envelope {success, data, error, timestamp, correlation_id}. */
  readonly isEnveloped?: boolean | undefined;
  /** Other names that lead to it, such as the aliases of a model: who may use one of them may use it. */
  readonly alsoKnownAs?: readonly string[] | undefined;
  /** Other names of exactly this: what forbids one of them forbids it. */
  readonly sameAs?: readonly string[] | undefined;
  /**
   * What a call with this input uses at most: a target that has it is paid for, and budgets reserve
   * that much before it runs. Undefined = this call uses nothing itself (its child calls do). A null in
   * it is refused where a budget counts that unit: unknown is not free. Pure and cheap; asked only where
   * a budget applies.
   */
  readonly estimate?: ((input: unknown) => Spend | undefined) | undefined;
  /**
   * Whether a child call with this input is counted against rates. Absent = always. False is for the
   * steps of a call that was counted itself and bounds their number, such as attempts at providers.
   */
  readonly isCounted?: ((input: unknown) => boolean) | undefined;
  /** Audit event of its outcome; default by kind (`tool_executed`, `model_called`, …). */
  readonly auditEvent?: string | undefined;
  /**
   * Does the work. Throwing an AppError, or anything else (TOOL_FAILED for tools, INTERNAL for the
   * rest), ends the call. Must stop soon after `context.scope` is cancelled.
   */
  run(input: unknown, context: CallContext): MaybePromise<Extract<Terminal, { type: 'result' }>>;
}
