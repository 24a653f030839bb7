/** @module contracts/policy: may they? */
import type { Principal } from './principal.ts';
import type { CallPlace, Target } from './target.ts';

/** Every permission the gateway itself knows: the one list that types, configuration and policy are made from. */
export const STANDARD_PERMISSIONS = [
  'FILE_READ',
  'FILE_WRITE',
  'FILE_DELETE',
  'FILE_READ_GLOBAL',
  'FILE_WRITE_GLOBAL',
  'FILE_DELETE_GLOBAL',
  'CODE_EXECUTION',
  'SYSTEM_COMMAND',
  'NETWORK_OUTBOUND',
  'NETWORK_LISTEN',
  'PROCESS_SPAWN',
  'PROCESS_KILL',
  'CROSS_CLIENT_READ',
  'CROSS_CLIENT_WRITE',
  'QUOTA_OVERRIDE',
] as const;

/** What follows `^` and precedes `$` in the shape of the operator's own permissions. */
export const CUSTOM_PERMISSION = 'CUSTOM_[A-Z0-9_]{1,64}';

/** What a call would do with its real arguments. CUSTOM_* names are the operator's own. */
export type PermissionType = (typeof STANDARD_PERMISSIONS)[number] | `CUSTOM_${string}`;

/** One effect a call asks for. */
export interface PermissionRequest {
  readonly type: PermissionType;
  /** What it touches: a workspace-relative path, a host:port, a command. Matched by globs in which `*` does not cross `/`. */
  readonly resource: string;
  /** Numbers and names that rules may limit: `size` in bytes, `timeout` in seconds, `command`. */
  readonly parameters?: Readonly<Record<string, string | number>> | undefined;
  /** Why the effect cannot be told from the arguments, as the end of a sentence: then it is denied, whatever is granted. */
  readonly problem?: string | undefined;
}

/** A yes that a call needs before it runs: of all rules that ask, the strictest terms. */
export interface ApprovalNeed {
  /** Names of the rules, such as `ask:deletes`, sorted. */
  readonly rules: readonly string[];
  readonly by: 'caller' | 'operator';
  readonly uses: number;
  readonly validSeconds: number;
}

/** A decision with its reason: the same facts for the answer, the audit record and `tools why`. */
export interface Decision {
  readonly isAllowed: boolean;
  /** Id of the rule or default that decided, such as `role:user`, `deny:no-secrets`, `default-deny`. */
  readonly rule: string;
  /** One sentence for a person. */
  readonly reason: string;
  /** Scopes that would have been needed and are missing. */
  readonly missingScopes?: readonly string[] | undefined;
  /** The call may run once a person has said yes to exactly it. Only where isAllowed is false. */
  readonly approval?: ApprovalNeed | undefined;
}

/** Compiled policy of one configuration generation. Pure: same question, same decision. */
export interface Policy {
  /** May the principal make exactly this call? Default deny; deny wins. */
  decide(principal: Principal, target: Target, input: unknown, place?: CallPlace): Decision;
  /** May it see the target in a list, that is: is there any input for which it might be allowed? Cheap. */
  isVisible(principal: Principal, target: Target): boolean;
  /** Scopes the principal holds through roles, narrowed by its credential, sorted. */
  scopesOf(principal: Principal): readonly string[];
}

/** One thing that was looked at on the way to a decision. */
export interface ExplanationStep {
  /** `roles`, `deny rules`, `scopes`, or the permission with its resource. */
  readonly step: string;
  readonly isPassed: boolean;
  /** One sentence for a person. */
  readonly detail: string;
}

/** Why a call is allowed or denied. */
export interface Explanation {
  readonly decision: Decision;
  readonly steps: readonly ExplanationStep[];
}

/** A question for `tools why`. Without `input`, effects that depend on the arguments are not judged. */
export interface PolicyQuestion {
  readonly principal: Principal;
  readonly target: Target;
  readonly input?: unknown;
  readonly place?: CallPlace | undefined;
}

/** A policy that can say why. Its decision is the one that `decide` gives. */
export interface ExplainingPolicy extends Policy {
  /** Those of the scopes that the principal does not hold, or that its credential cuts off. */
  missingScopes(principal: Principal, scopes: readonly string[]): readonly string[];
  explain(question: PolicyQuestion): Explanation;
}

/** The operator's emergency brake; checked before policy, effective at once. */
export interface KillSwitch {
  /** The reason text when the call is switched off, else undefined. Cheap: called for every call. */
  check(
    principal: Principal,
    target: { readonly kind: string; readonly name: string; readonly upstream?: string | undefined; readonly profile?: string | undefined },
  ): string | undefined;
}

/** What one entry of the kill switch can turn off: the one list of it. */
export const KILL_SCOPES = ['all', 'client', 'principal', 'tool', 'upstream', 'profile', 'provider'] as const;

/** What one entry of the kill switch turns off. */
export type KillScope = (typeof KILL_SCOPES)[number];

/** Whether it is one of them. */
export function isKillScope(value: unknown): value is KillScope {
  return KILL_SCOPES.some((scope) => scope === value);
}

/** Something that is switched off. */
export interface KillEntry {
  /** 12 hexadecimal digits. */
  readonly id: string;
  readonly scope: KillScope;
  /** Glob on what the scope names: client id, principal id, tool, upstream, profile, provider. `*` for all. */
  readonly name: string;
  /** Shown to whoever is refused. */
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
