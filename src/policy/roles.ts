/** @module policy/roles: roles with everything they inherit. */
import { AppError } from '../core/errors.ts';
import type { RoleConfig } from '../contracts/policy-config.ts';
import { compileGrant, type EffectMatch } from './effects.ts';
import { isScopePattern } from './scopes.ts';

const ROLE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** A grant with the name of who gives it, such as `role:user` or `allow:docs`. */
export interface Grant extends EffectMatch {
  readonly giver: string;
}

/** A role with its ancestors' scopes and grants. */
export interface Role {
  readonly name: string;
  /** Itself and every role it inherits, directly or not. */
  readonly ancestry: ReadonlySet<string>;
  readonly scopes: readonly string[];
  readonly grants: readonly Grant[];
}

/** @throws AppError CONFIG_INVALID for a bad name, scope, permission or pattern, an unknown ancestor, and a circle */
export function compileRoles(configs: Readonly<Record<string, RoleConfig>>): ReadonlyMap<string, Role> {
  const own = new Map(Object.entries(configs).map(([name, config]) => [name, compileOwn(name, config)]));
  const roles = new Map<string, Role>();
  for (const name of own.keys()) {
    const ancestry = ancestryOf(name, configs);
    const members = [...ancestry].flatMap((ancestor) => own.get(ancestor) ?? []);
    roles.set(name, {
      name,
      ancestry,
      scopes: [...new Set(members.flatMap(({ scopes }) => scopes))],
      grants: members.flatMap(({ grants }) => grants),
    });
  }
  return roles;
}

function compileOwn(name: string, { scopes = [], permissions = [] }: RoleConfig): Pick<Role, 'scopes' | 'grants'> {
  const where = `policy.roles.${name}`;
  if (!ROLE_NAME.test(name)) throw new AppError('CONFIG_INVALID', { message: `${where}: letters, digits, ".", "_" and "-" only, at most 64.` });
  const bad = scopes.find((scope) => !isScopePattern(scope));
  if (bad !== undefined)
    throw new AppError('CONFIG_INVALID', { message: `${where}.scopes: ${JSON.stringify(bad)} is no scope; write tools:read, tools:* or *.` });
  const grants = permissions.map(
    ({ permission, resources, limits }, index): Grant => ({
      giver: `role:${name}`,
      ...compileGrant({ permissions: [permission], resources, limits }, `${where}.permissions[${index}]`),
    }),
  );
  return { scopes, grants };
}

function ancestryOf(name: string, configs: Readonly<Record<string, RoleConfig>>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (current: string, trail: readonly string[]): void => {
    if (trail.includes(current))
      throw new AppError('CONFIG_INVALID', { message: `policy.roles.${name}: inherits itself (${[...trail, current].join(' → ')}).` });
    const config = Object.hasOwn(configs, current) ? configs[current] : undefined;
    if (!config) throw new AppError('CONFIG_INVALID', { message: `policy.roles.${trail.at(-1)}.inherits: there is no role ${JSON.stringify(current)}.` });
    found.add(current);
    for (const ancestor of config.inherits ?? []) visit(ancestor, [...trail, current]);
  };
  visit(name, []);
  return found;
}
