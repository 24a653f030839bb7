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
 * An exception to the roles. Without `permissions` it concerns the targets themselves: allow opens
 * them without their scopes, deny closes them. With `permissions` it concerns only these effects on
 * its targets: allow grants them, deny forbids them. A deny always wins.
 */
export interface PolicyRule {
  /** Unique; shown in decisions and in the audit log as `allow:<id>` or `deny:<id>`. */
  readonly id: string;
  readonly effect: 'allow' | 'deny';
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
  /** One sentence for the person who is refused. */
  readonly reason?: string | undefined;
}

/** The whole policy. What is not allowed is denied. */
export interface PolicyConfig {
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
  roles: {
    guest: { scopes: ['tools:ping'] },
    user: { inherits: ['guest'], scopes: ['tools:read', 'models:use'], permissions: [{ permission: 'FILE_READ', resources: ['**'] }] },
    developer: {
      inherits: ['user'],
      scopes: ['tools:write', 'tools:execute', 'tools:generate', 'tools:review', 'tools:fix', 'healing:read'],
      permissions: [{ permission: 'FILE_WRITE', resources: ['**'] }],
    },
    admin: { inherits: ['developer'], scopes: ['*'], permissions: [{ permission: '*', resources: ['**'] }] },
  },
  rules: [],
});
