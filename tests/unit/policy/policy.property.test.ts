import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PermissionGrant, PolicyConfig, PolicyRule, RoleConfig } from '../../../src/contracts/policy-config.ts';
import type { PermissionRequest } from '../../../src/contracts/policy.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { compileGlobs, foldName } from '../../../src/policy/glob.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { principal, target } from './subjects.ts';

const ROLES = ['r0', 'r1', 'r2', 'r3'] as const;
const SCOPES = ['tools:a', 'tools:b', 'admin:logs', 'admin:full', 'x'] as const;
const PATTERNS = [...SCOPES, 'tools:*', 'admin:*', '*'] as const;
const PERMISSIONS = ['FILE_READ', 'FILE_WRITE', 'CUSTOM_X'] as const;
const RESOURCES = ['a', 'A', 'a/b', 'c'] as const;
const GLOBS = ['a', 'a/*', 'a/**', '**', 'c'] as const;
const TARGETS = ['tool:one', 'tool:two', 'model:one'] as const;
const TARGET_GLOBS = [...TARGETS, 'tool:*', '**'] as const;

const some = <T>(values: readonly T[], minLength = 0): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: 3 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

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
const rule: fc.Arbitrary<Omit<PolicyRule, 'id'>> = fc.oneof(
  fc.record({ effect: fc.constantFrom('allow' as const, 'deny' as const), ...subject }),
  fc.record({ effect: fc.constantFrom('allow' as const, 'deny' as const), ...subject, permissions: some(PERMISSIONS, 1), resources: maybe(some(GLOBS, 1)) }),
);
const config: fc.Arbitrary<PolicyConfig> = fc.record({
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
const question = fc.tuple(caller, reached, fc.array(request, { maxLength: 2 }));

/** The policy in the plainest words, compiled nowhere. */
function isAllowed({ roles, rules }: PolicyConfig, who: Principal, what: Target, requests: readonly PermissionRequest[]): boolean {
  const configOf = (name: string): RoleConfig | undefined => (Object.hasOwn(roles, name) ? roles[name] : undefined);
  const withAncestors = (name: string): readonly string[] => (configOf(name) ? [name, ...(configOf(name)?.inherits ?? []).flatMap(withAncestors)] : []);
  const inherited = who.roles.flatMap(withAncestors);
  const holds = (patterns: readonly string[], scope: string): boolean =>
    patterns.some(
      (pattern) =>
        pattern === '*' ||
        pattern === scope ||
        (pattern.endsWith(':*') && scope.startsWith(pattern.slice(0, -1))) ||
        (pattern === 'admin:full' && scope.startsWith('admin:')),
    );
  const matches = (globs: readonly string[], text: string): boolean => compileGlobs(globs, '')(text);
  const applying = rules.filter(
    (one) =>
      matches(one.targets, `${what.kind}:${what.name}`) &&
      (!one.roles || one.roles.some((name) => (one.effect === 'deny' ? who.roles : inherited).includes(name))) &&
      (!one.principals || matches(one.principals, who.id)) &&
      (!one.clients || matches(one.clients, who.clientId)),
  );
  if (applying.some((one) => one.effect === 'deny' && !one.permissions)) return false;
  const isOpened = applying.some((one) => one.effect === 'allow' && !one.permissions);
  const heldScopes = inherited.flatMap((name) => configOf(name)?.scopes ?? []);
  if (!what.access.scopes.every((scope) => (isOpened || holds(heldScopes, scope)) && (who.scopes === null || holds(who.scopes, scope)))) return false;
  const isGranted = ({ type, resource, parameters }: PermissionRequest): boolean =>
    inherited
      .flatMap((name) => configOf(name)?.permissions ?? [])
      .some(
        ({ permission, resources, limits }) =>
          (permission === '*' || permission === type) &&
          matches(resources, resource) &&
          (limits?.maxSize === undefined || Number(parameters?.['size']) <= limits.maxSize),
      ) || applying.some((one) => one.effect === 'allow' && one.permissions?.includes(type) && matches(one.resources ?? ['**'], resource));
  const isForbidden = ({ type, resource }: PermissionRequest): boolean =>
    applying.some(
      (one) =>
        one.effect === 'deny' &&
        one.permissions?.includes(type) &&
        (type.startsWith('FILE_') ? matches((one.resources ?? ['**']).map(foldName), foldName(resource)) : matches(one.resources ?? ['**'], resource)),
    );
  return !what.access.permissions || requests.every((one) => !isForbidden(one) && isGranted(one));
}

describe('the policy, for any roles, rules, callers and calls', () => {
  it('decides as its definition says', () => {
    fc.assert(
      fc.property(config, fc.array(question, { minLength: 1, maxLength: 5 }), (written, questions) => {
        const policy = compilePolicy(written);
        for (const [who, what, requests] of questions) expect(policy.decide(who, what, requests).isAllowed).toBe(isAllowed(written, who, what, requests));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not care in which order the rules are written, not even for the reason', () => {
    fc.assert(
      fc.property(
        config.chain((written) => fc.tuple(fc.constant(written), fc.shuffledSubarray([...written.rules], { minLength: written.rules.length }))),
        question,
        ([written, rules], [who, what, requests]) => {
          expect(compilePolicy({ ...written, rules }).decide(who, what, requests)).toEqual(compilePolicy(written).decide(who, what, requests));
        },
      ),
    );
  });

  it('gives the same answer to the same question, whatever was asked before', () => {
    fc.assert(
      fc.property(config, fc.array(question, { minLength: 2, maxLength: 6 }), (written, questions) => {
        const policy = compilePolicy(written);
        const first = questions.map(([who, what, requests]) => policy.decide(who, what, requests));
        expect(
          [...questions]
            .reverse()
            .map(([who, what, requests]) => policy.decide({ ...who }, what, requests))
            .reverse(),
        ).toEqual(first);
      }),
    );
  });

  it('never allows more with one more denial', () => {
    fc.assert(
      fc.property(config, rule, question, (written, added, [who, what, requests]) => {
        const stricter = compilePolicy({ ...written, rules: [...written.rules, { ...added, effect: 'deny', id: 'added' }] });
        if (stricter.decide(who, what, requests).isAllowed) expect(compilePolicy(written).decide(who, what, requests).isAllowed).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never allows less with one more allowance', () => {
    fc.assert(
      fc.property(config, rule, question, (written, added, [who, what, requests]) => {
        const looser = compilePolicy({ ...written, rules: [...written.rules, { ...added, effect: 'allow', id: 'added' }] });
        if (compilePolicy(written).decide(who, what, requests).isAllowed) expect(looser.decide(who, what, requests).isAllowed).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  // @requirement P1.a
  it('a denial without conditions closes its target for everybody', () => {
    fc.assert(
      fc.property(config, question, (written, [who, what, requests]) => {
        const closed = compilePolicy({ ...written, rules: [...written.rules, { id: 'closed', effect: 'deny', targets: [`${what.kind}:${what.name}`] }] });
        expect(closed.decide(who, what, requests)).toMatchObject({ isAllowed: false, rule: expect.stringMatching(/^deny:/) });
        expect(closed.isVisible(who, what)).toBe(false);
      }),
    );
  });

  // @requirement P1.a
  it('denies by default: without roles and rules nothing that needs a scope is allowed', () => {
    fc.assert(
      fc.property(config, question, (written, [who, what, requests]) => {
        const bare = compilePolicy({ roles: written.roles, rules: [] });
        if (what.access.scopes.length > 0) expect(bare.decide({ ...who, roles: [] }, what, requests)).toMatchObject({ isAllowed: false, rule: 'default-deny' });
      }),
    );
  });

  it('never allows more to a credential with fewer scopes', () => {
    fc.assert(
      fc.property(config, question, some(PATTERNS), (written, [who, what, requests], narrower) => {
        const policy = compilePolicy(written);
        const scopes = who.scopes === null ? narrower : who.scopes.filter((scope) => narrower.some((kept) => kept === scope));
        if (policy.decide({ ...who, scopes }, what, requests).isAllowed) expect(policy.decide(who, what, requests).isAllowed).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  // @requirement P3.a P3.b
  it('shows what it may allow, and explains what it decides', () => {
    fc.assert(
      fc.property(config, question, (written, [who, what, input]) => {
        const policy = compilePolicy(written);
        const decision = policy.decide(who, what, input);
        if (decision.isAllowed) expect(policy.isVisible(who, what)).toBe(true);
        const explanation = policy.explain({ principal: who, target: what, input });
        expect(explanation.decision).toEqual(decision);
        expect(explanation.steps.some(({ step, isPassed }) => !isPassed && step !== 'roles')).toBe(!decision.isAllowed);
      }),
      { numRuns: 1_000 },
    );
  });
});
