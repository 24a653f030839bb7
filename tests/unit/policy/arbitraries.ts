/** Policies and questions by chance, for properties and for comparisons of engines. */
import fc from 'fast-check';
import type { PermissionGrant, PolicyConfig, PolicyRule, RoleConfig } from '../../../src/contracts/policy-config.ts';
import type { PermissionRequest } from '../../../src/contracts/policy.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { principal, target } from './subjects.ts';

export const ROLES = ['r0', 'r1', 'r2', 'r3'] as const;
export const SCOPES = ['tools:a', 'tools:b', 'admin:logs', 'admin:full', 'x'] as const;
export const PATTERNS = [...SCOPES, 'tools:*', 'admin:*', '*'] as const;
const PERMISSIONS = ['FILE_READ', 'FILE_WRITE', 'CUSTOM_X'] as const;
const RESOURCES = ['a', 'A', 'a/b', 'c'] as const;
const GLOBS = ['a', 'a/*', 'a/**', '**', 'c'] as const;
const TARGETS = ['tool:one', 'tool:two', 'model:one'] as const;
const TARGET_GLOBS = [...TARGETS, 'tool:*', '**'] as const;

export const some = <T>(values: readonly T[], minLength = 0): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: 3 });
export const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const grant: fc.Arbitrary<PermissionGrant> = fc.record({
  permission: fc.constantFrom(...PERMISSIONS, '*' as const),
  resources: some(GLOBS, 1),
  limits: maybe(fc.record({ maxSize: fc.nat(3) })),
});
/** A role inherits only later ones, so that no circle arises. */
const role = (index: number): fc.Arbitrary<RoleConfig> =>
  fc.record({
    inherits: index === ROLES.length - 1 ? fc.constant([]) : some(ROLES.slice(index + 1)),
    scopes: some(PATTERNS),
    permissions: fc.array(grant, { maxLength: 2 }),
  });
const subject = {
  roles: maybe(some(ROLES, 1)),
  principals: maybe(fc.constantFrom(['p1'], ['p*'])),
  clients: maybe(fc.constantFrom(['c1'])),
  targets: some(TARGET_GLOBS, 1),
};
export const rule: fc.Arbitrary<Omit<PolicyRule, 'id'>> = fc.oneof(
  fc.record({ effect: fc.constantFrom('allow' as const, 'deny' as const), ...subject }),
  fc.record({ effect: fc.constantFrom('allow' as const, 'deny' as const), ...subject, permissions: some(PERMISSIONS, 1), resources: maybe(some(GLOBS, 1)) }),
);
export const config: fc.Arbitrary<PolicyConfig> = fc.record({
  roles: fc.record({ r0: role(0), r1: role(1), r2: role(2), r3: role(3) }),
  rules: fc.array(rule, { maxLength: 4 }).map((rules) => rules.map((one, index) => ({ id: `rule-${index}`, ...one }))),
});
const caller: fc.Arbitrary<Principal> = fc
  .record({
    roles: some([...ROLES, 'unknown']),
    scopes: fc.option(some(PATTERNS), { nil: null }),
    id: fc.constantFrom('p1', 'q1'),
    clientId: fc.constantFrom('c1', 'c2'),
  })
  .map(({ roles, ...over }) => principal(roles, over));
const request: fc.Arbitrary<PermissionRequest> = fc.record({
  type: fc.constantFrom(...PERMISSIONS),
  resource: fc.constantFrom(...RESOURCES),
  parameters: maybe(fc.record({ size: fc.nat(4) })),
});
const reached: fc.Arbitrary<Target> = fc
  .record({ name: fc.constantFrom(...TARGETS), scopes: some(SCOPES), hasEffects: fc.boolean() })
  .map(({ name, scopes, hasEffects }) => {
    const [kind, short = ''] = name.split(':');
    return target(kind === 'model' ? 'model' : 'tool', short, scopes, hasEffects ? (input) => input as readonly PermissionRequest[] : undefined);
  });
export const question = fc.tuple(caller, reached, fc.array(request, { maxLength: 2 }));
