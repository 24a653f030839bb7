/** @module contracts/pins: which definitions of an upstream a person approved, and what happens to the others. */
import type { JsonObject } from '../core/json.ts';

/**
 * How an upstream's definitions become approved.
 * - `trust-first-use`: its first complete list is approved, less what the scan holds for suspicious; whatever is new or changed later waits.
 * - `require`: everything waits for a person.
 * - `off`: everything is taken as it comes.
 */
export type PinPolicy = 'trust-first-use' | 'require' | 'off';

/** What can be pinned. `instructions` is the one text by which a server speaks to the model; its name is `instructions`. */
export type DefinitionKind = 'tool' | 'prompt' | 'template' | 'instructions';

/** What was approved, without secrets: a program with its arguments, or a URL; of variables and headers the names alone. */
export type UpstreamIdentity =
  | { readonly transport: 'stdio'; readonly command: string; readonly args: readonly string[]; readonly env: readonly string[] }
  | { readonly transport: 'http' | 'sse' | 'openapi' | 'rest' | 'a2a'; readonly url: string; readonly headers: readonly string[] };

/** One approved definition. */
export interface PinnedDefinition {
  readonly kind: DefinitionKind;
  /** The upstream's own name of it; for a template its `uriTemplate`. */
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits, over the canonical JSON of kind and definition: every member counts. */
  readonly hash: string;
  readonly definition: JsonObject;
}

/** Why a definition is held back. `unusable` = too large, nested too deep, without a name, or one of too many: it cannot be approved. */
export type QuarantineReason = 'new' | 'changed' | 'identity-changed' | 'suspicious' | 'unusable';

/** Something that a rule of the scan saw. */
export interface ScanFinding {
  /** Stable, such as `conceal-from-user`; docs/pins.md lists them. */
  readonly rule: string;
  /** 100 and more in sum is suspicious. */
  readonly score: number;
  /** JSON Pointer to the text within the definition or the result. */
  readonly pointer: string;
  /** At most 160 characters around it, invisible characters made visible. */
  readonly excerpt: string;
}

/** A definition that is neither listed nor callable. */
export interface QuarantinedDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** Null where the definition is unusable. */
  readonly hash: string | null;
  readonly reason: QuarantineReason;
  readonly definition: JsonObject | null;
  /** What is approved under this name, or null. */
  readonly previous: PinnedDefinition | null;
  readonly findings: readonly ScanFinding[];
}

/** Complete lists of one connection. Undefined = not asked for; a server that has none of a kind lists `[]` (null for instructions). */
export interface ListedCatalogue {
  readonly tools?: readonly unknown[] | undefined;
  readonly prompts?: readonly unknown[] | undefined;
  readonly templates?: readonly unknown[] | undefined;
  readonly instructions?: string | null | undefined;
}

/** What may be shown and called. Definitions are those of the lock, frozen: serve these, not what the upstream sent. */
export interface CatalogueVerdict {
  readonly approved: readonly PinnedDefinition[];
  readonly quarantined: readonly QuarantinedDefinition[];
  /** Approved, and not listed any more. */
  readonly missing: readonly Pick<PinnedDefinition, 'kind' | 'name' | 'hash'>[];
}

/** One upstream as the pins know it. */
export interface PinSubject {
  /** Name in the configuration. */
  readonly name: string;
  readonly policy: PinPolicy;
  readonly identity: UpstreamIdentity;
  /** Tells apart connections whose lists may differ (project root, credential); no secret. Default ''. */
  readonly instance?: string | undefined;
}

/** One comparison. Begun before the lists are asked for, so that a change in between is not overlooked. */
export interface PinRound {
  /**
   * Judges complete lists and opens the gate, unless it was suspended since the round began.
   *
   * @throws AppError PINS_INVALID, AUDIT_UNAVAILABLE, STORAGE_*: the gate stays closed
   */
  judge(listed: ListedCatalogue): Promise<CatalogueVerdict>;
}

/** Stands before everything that is sent on one connection. Closed at first. */
export interface PinGate {
  /** Whether the lists must be fetched and judged before anything else is sent: at first, after `suspend`, and some time before the verdict is too old. */
  readonly needsRound: boolean;
  /** The verdict in force, or undefined. Follows approvals made elsewhere. */
  readonly verdict: CatalogueVerdict | undefined;
  begin(): PinRound;
  /** At every `list_changed`: closes the gate until a round that begins later is over. */
  suspend(): void;
  /**
   * The approved definition. Ask right before sending; nothing is awaited.
   *
   * @throws AppError UPSTREAM_UNVERIFIED (never compared, suspended, or five minutes ago), DEFINITION_QUARANTINED, UNKNOWN_TARGET
   */
  permit(kind: DefinitionKind, name: string): PinnedDefinition;
  /** The connection is over. */
  close(): void;
}

/** The pins of all upstreams. */
export interface PinGuard {
  /** A gate for a new connection. */
  openGate(subject: PinSubject): PinGate;
  /** What is approved for this upstream without a connection, less what the last comparison held back: answers lists before the first one. Empty for `off`, and (logged) while the lock cannot be read. */
  approvedOf(subject: PinSubject): readonly PinnedDefinition[];
  /** Told after what is approved of the upstream changed without a round: an approval, or the lock was edited. Within 250 ms, connected or not. Returns the way to stop. */
  subscribe(listener: (upstream: string) => void): () => void;
  close(): void;
}

/** A definition that waits for a decision. */
export interface PendingApproval {
  /** Random; stands for exactly this upstream, identity, kind, name and hash. Another definition gets another id. */
  readonly id: string;
  readonly upstream: string;
  readonly identity: UpstreamIdentity;
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly hash: string | null;
  readonly reason: QuarantineReason;
  readonly findings: readonly ScanFinding[];
  /** Epoch milliseconds. */
  readonly since: number;
  readonly isRejected: boolean;
  /** Null where it is unusable, or too large to be kept. */
  readonly definition: JsonObject | null;
  /** What is approved now under the name. */
  readonly previous: PinnedDefinition | null;
}
