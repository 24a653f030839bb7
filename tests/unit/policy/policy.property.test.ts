import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyConfig, RoleConfig } from '../../../src/contracts/policy-config.ts';
import type { PermissionRequest } from '../../../src/contracts/policy.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { compileGlobs, foldName } from '../../../src/policy/glob.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { config, PATTERNS, question, rule, some } from './arbitraries.ts';

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
