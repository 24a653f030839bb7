/** @module policy/policy: may they? Compiled once per configuration, asked for every call. */
import { RecentMap } from '../core/recent-map.ts';
import type { PolicyConfig } from '../contracts/policy-config.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import { explain } from './explain.ts';
import { judgeInput } from './judge-input.ts';
import { createProfile, verdictOn, type Profile } from './profile.ts';
import { compileRoles } from './roles.ts';
import { compileRules } from './rules.ts';
import { listScopes } from './scopes.ts';

const MAX_PROFILES = 2_000;
const NOWHERE = Object.freeze({});

/**
 * Compiles roles and rules. The policy is pure: principals and targets are expected never to change
 * once they were judged (a changed one is a new object).
 *
 * `decide` throws what the target's own permissions function throws: the call is not allowed then.
 *
 * @throws AppError CONFIG_INVALID naming the place, for anything that could not work as it is written
 */
export function compilePolicy(config: PolicyConfig): ExplainingPolicy {
  const roles = compileRoles(config.roles);
  const rules = compileRules(config.rules, roles);
  const byPrincipal = new WeakMap<Principal, Profile>();
  const byKind = new RecentMap<string, Profile>(MAX_PROFILES);

  const profileOf = (principal: Principal): Profile => {
    const known = byPrincipal.get(principal);
    if (known) return known;
    const concerning = rules.filter((rule) => rule.concerns(principal));
    const key = JSON.stringify([principal.roles, principal.scopes, principal.models, concerning.map(({ name }) => name)]);
    const profile = byKind.get(key) ?? createProfile(principal, roles, concerning);
    byKind.set(key, profile);
    byPrincipal.set(principal, profile);
    return profile;
  };

  return {
    decide: (principal, target, input, place = NOWHERE) => {
      const verdict = verdictOn(profileOf(principal), target);
      return verdict.isFinal ? verdict.decision : judgeInput(verdict, target, input, place);
    },
    isVisible: (principal, target) => verdictOn(profileOf(principal), target).decision.isAllowed,
    scopesOf: (principal) => listScopes(profileOf(principal).scopes),
    missingScopes: (principal, scopes) => scopes.filter((scope) => !profileOf(principal).scopes.has(scope)),
    explain: (question) => explain(profileOf(question.principal), question),
  };
}
