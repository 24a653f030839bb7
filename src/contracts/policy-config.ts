/** @module contracts/policy-config: roles and rules as an operator writes them. */
import { deepFreeze } from '../core/json.ts';
import type { PermissionType } from './policy.ts';

/** Bounds of a permission on the parameters of a request. A request that lacks the parameter is refused. */
export interface PermissionLimits {
  /** Bytes; bounds the parameter `size`. */
  readonly maxSize?: number | undefined;
  /** Seconds; bounds the parameter `timeout`. */
  readonly timeout?: number | undefined;
  /** Globs; one must match the parameter `command`. */
  readonly commands?: readonly string[] | undefined;
}

/** A permission that a role gives. */
export interface PermissionGrant {
  /** `*` = every permission there is. */
  readonly permission: PermissionType | '*';
  /** Globs; one must match. `*` does not cross `/`, `**` does, `\` takes the next character literally. */
  readonly resources: readonly string[];
  readonly limits?: PermissionLimits | undefined;
}

/** A role. What it inherits, it has as if it were its own. */
export interface RoleConfig {
  readonly inherits?: readonly string[] | undefined;
  /** Names such as `tools:read`, all below one with `tools:*`, everything with `*`. `admin:full` includes `admin:*`. */
  readonly scopes?: readonly string[] | undefined;
  readonly permissions?: readonly PermissionGrant[] | undefined;
}

/**
 * What one argument of a call must be. Every key that is given must hold, and the argument must be of the type that the
 * key speaks about: a text is beyond `max`, a number beyond `pattern`.
 */
export interface ArgumentLimit {
  /** One of these, compared without any conversion. */
  readonly enum?: readonly (string | number | boolean | null)[] | undefined;
  /** A bounded regular expression that the whole text must match. @see core/bounded-pattern */
  readonly pattern?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** UTF-16 code units of a text, items of a list. */
  readonly maxLength?: number | undefined;
  /** Whether the argument may be absent. Default false: what is not said cannot be judged. */
  readonly isOptional?: boolean | undefined;
}

/** Limits by JSON Pointer into the arguments; the step `*` stands for every item of a list. */
export type ArgumentLimits = Readonly<Record<string, ArgumentLimit>>;

/** What a person's yes to a call is good for, and whose yes counts. */
export interface ApprovalTerms {
  /**
   * `caller` = also the person behind the calling client, where the client can ask; `operator` = only somebody with the
   * scope admin:full who is not the caller. Default `caller`.
   */
  readonly by?: 'caller' | 'operator' | undefined;
  /** Calls with exactly these arguments that one yes allows. Default 1. */
  readonly uses?: number | undefined;
  /** Seconds that a yes holds. Default 600. */
  readonly validSeconds?: number | undefined;
}

/**
 * An exception to the roles. Without `permissions` it concerns the targets themselves: allow opens
 * them without their scopes, deny closes them. With `permissions` it concerns only these effects on
 * its targets: allow grants them, deny forbids them. A deny always wins. An `ask` opens nothing: what is allowed
 * otherwise waits for a person's yes.
 */
export interface PolicyRule {
  /** Unique; shown in decisions and in the audit log as `allow:<id>` or `deny:<id>`. */
  readonly id: string;
  readonly effect: 'allow' | 'deny' | 'ask';
  /**
   * Whom it concerns: every list that is given must match; without any, everybody. An allow also
   * serves the roles that inherit one of these; a deny hits only who holds one of them directly.
   */
  readonly roles?: readonly string[] | undefined;
  /** Globs on the principal's id. */
  readonly principals?: readonly string[] | undefined;
  /** Globs on the principal's client id. */
  readonly clients?: readonly string[] | undefined;
  /** Globs on `kind:name`, such as `tool:github__*` or `resource:**`. */
  readonly targets: readonly string[];
  readonly permissions?: readonly (PermissionType | '*')[] | undefined;
  /** Globs on the resource of a permission; default `**`. Only with permissions. */
  readonly resources?: readonly string[] | undefined;
  /** Only for an allow with permissions. */
  readonly limits?: PermissionLimits | undefined;
  /** Only for an allow: it holds for calls whose arguments are within all of these. */
  readonly within?: ArgumentLimits | undefined;
  /** Only for a deny or an ask: it concerns every call but those whose arguments are within all of these. */
  readonly unless?: ArgumentLimits | undefined;
  /** Only for an ask. */
  readonly approval?: ApprovalTerms | undefined;
  /** One sentence for the person who is refused. */
  readonly reason?: string | undefined;
}

/** Files of the engine cedar. */
export interface CedarConfig {
  /** Absolute paths of policy files. */
  readonly policies: readonly string[];
  /** Absolute path of a schema that is added to the built-in one; null = that one alone. */
  readonly schema: string | null;
}

/** The whole policy. What is not allowed is denied. */
export interface PolicyConfig {
  /** Who says what is allowed: roles and rules, or Cedar policies. Default `rbac`. */
  readonly engine?: 'rbac' | 'cedar' | undefined;
  readonly cedar?: CedarConfig | undefined;
  readonly roles: Readonly<Record<string, RoleConfig>>;
  /** Their order has no meaning. */
  readonly rules: readonly PolicyRule[];
}

/** Scopes that the gateway's own targets ask for. Operators and authors of tools may name others. */
export const STANDARD_SCOPES: readonly string[] = deepFreeze([
  'admin:config',
  'admin:full',
  'admin:logs',
  'healing:heal',
  'healing:monitor',
  'healing:read',
  'models:use',
  'tools:deploy',
  'tools:execute',
  'tools:fix',
  'tools:generate',
  'tools:ping',
  'tools:read',
  'tools:review',
  'tools:write',
]);

/** The policy where the operator says nothing. */
export const DEFAULT_POLICY: PolicyConfig = deepFreeze({
  engine: 'rbac',
  cedar: { policies: [], schema: null },
  roles: {
    guest: { scopes: ['tools:ping'] },
    user: { inherits: ['guest'], scopes: ['tools:read', 'models:use'], permissions: [{ permission: 'FILE_READ', resources: ['**'] }] },
    developer: {
      inherits: ['user'],
      scopes: ['tools:write', 'tools:execute', 'tools:generate', 'tools:review', 'tools:fix', 'healing:read'],
      permissions: [
        { permission: 'FILE_WRITE', resources: ['**'] },
        { permission: 'CODE_EXECUTION', resources: ['**'] },
      ],
    },
    admin: { inherits: ['developer'], scopes: ['*'], permissions: [{ permission: '*', resources: ['**'] }] },
  },
  rules: [],
});
