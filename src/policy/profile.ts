/** @module policy/profile: what one kind of caller may do, as far as it does not depend on arguments. */
import { compileNames, type NameMatch } from '../core/name-pattern.ts';
import type { Decision } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import { otherSpellings } from './other-spellings.ts';
import type { Grant, Role } from './roles.ts';
import type { Rule } from './rules.ts';
import { intersect, scopeSet, type ScopeSet } from './scopes.ts';

/** A person who would have to approve that approvals are listed could never do so; lists and notices have no effect to approve. */
const ASKABLE: ReadonlySet<TargetKind> = new Set<TargetKind>(['tool', 'resource', 'prompt', 'model']);
const NO_RULES: readonly Rule[] = Object.freeze([]);

/** Callers with the same roles, limits and rules share one profile. */
export interface Profile {
  readonly roles: readonly Role[];
  /** Held and not cut off by the credential. */
  readonly scopes: ScopeSet;
  /** What the credential is limited to; undefined = nothing is cut off. */
  readonly limit: ScopeSet | undefined;
  /** Models that the credential is limited to; undefined = it is not. */
  readonly models: ModelLimit | undefined;
  readonly grants: readonly Grant[];
  readonly rules: readonly Rule[];
  readonly verdicts: WeakMap<Target, Verdict>;
}

/** Names of models, as patterns and as a test. */
export interface ModelLimit {
  readonly patterns: readonly string[];
  readonly matches: NameMatch;
}

/** The part of a decision that holds for every input of a target. */
export interface Verdict {
  /** Allows what some arguments may be allowed. */
  readonly decision: Decision;
  /** Whether the decision holds whatever the arguments are. */
  readonly isFinal: boolean;
  /** Where only these open the target: one must hold for the arguments, else the second decision is it. */
  readonly openers: { readonly rules: readonly Rule[]; readonly otherwise: Decision } | undefined;
  /** Rules that may still close the target, by its arguments. */
  readonly closers: readonly Rule[];
  /** Rules that want a person to approve the call, or effects of it. */
  readonly asks: readonly Rule[];
  /** Rules that may still forbid an effect. */
  readonly denials: readonly Rule[];
  /** What may grant an effect. */
  readonly grants: readonly Grant[];
}

/** Roles that the policy does not know give nothing. */
export function createProfile(principal: Principal, known: ReadonlyMap<string, Role>, rules: readonly Rule[]): Profile {
  const roles = [...new Set(principal.roles)].flatMap((name) => known.get(name) ?? []);
  const held = scopeSet(roles.flatMap(({ scopes }) => scopes));
  const limit = principal.scopes === null ? undefined : scopeSet(principal.scopes);
  return {
    roles,
    rules,
    limit,
    models: principal.models === null ? undefined : { patterns: principal.models, matches: compileNames(principal.models) },
    scopes: limit ? intersect(held, limit) : held,
    grants: roles.flatMap(({ grants }) => grants),
    verdicts: new WeakMap(),
  };
}

/** Judges everything about the target but its arguments; remembered per target. */
export function verdictOn(profile: Profile, target: Target): Verdict {
  const known = profile.verdicts.get(target);
  if (known) return known;
  const name = `${target.kind}:${target.name}`;
  const spellings = otherSpellings(target);
  const rules = profile.rules.filter(({ reaches, reachesSpelling }) => reaches(name) || spellings.some(reachesSpelling));
  const decision = Object.freeze(decideTarget(profile, target, rules));
  const openers = decision.isAllowed ? undefined : openersOf(profile, target, rules, decision);
  const closers = rules.filter(({ effect, effects, excess }) => effect === 'deny' && !effects && excess);
  const asks = ASKABLE.has(target.kind) ? rules.filter(({ effect }) => effect === 'ask') : NO_RULES;
  const isOpen = decision.isAllowed || openers !== undefined;
  const verdict: Verdict = {
    decision: openers ? Object.freeze({ isAllowed: true, rule: openers.rules[0]?.name ?? '', reason: 'It depends on the arguments.' }) : decision,
    isFinal: !isOpen || (!target.access.permissions && !openers && closers.length === 0 && asks.length === 0),
    openers,
    closers,
    asks,
    denials: rules.filter(({ effect, effects }) => effect === 'deny' && effects),
    grants: [
      ...profile.grants,
      ...rules.flatMap(({ name: giver, effect, effects }): Grant[] => (effect === 'allow' && effects ? [{ giver, ...effects }] : [])),
    ],
  };
  profile.verdicts.set(target, verdict);
  return verdict;
}

/** Allowances that hold for some arguments alone, where the scopes are missing and the credential does not cut them off. */
function openersOf(profile: Profile, { access }: Target, rules: readonly Rule[], otherwise: Decision): Verdict['openers'] {
  if (!otherwise.missingScopes || access.scopes.some((scope) => profile.limit?.has(scope) === false)) return undefined;
  const openers = rules.filter(({ effect, effects, excess }) => effect === 'allow' && !effects && excess);
  return openers.length === 0 ? undefined : { rules: openers, otherwise };
}

function decideTarget(profile: Profile, target: Target, rules: readonly Rule[]): Decision {
  const denial = rules.find(({ effect, effects, excess }) => effect === 'deny' && !effects && !excess);
  if (denial) return { isAllowed: false, rule: denial.name, reason: denial.reason };
  if (isCutOffModel(profile, target))
    return { isAllowed: false, rule: 'key-models', reason: `The credential is limited to the models ${profile.models?.patterns.join(', ')}.` };
  const needed = target.access.scopes;
  if (needed.length === 0) return { isAllowed: true, rule: 'authenticated', reason: 'Every authenticated principal may call it.' };
  const missing = needed.filter((scope) => !profile.scopes.has(scope));
  if (missing.length === 0) {
    const giver = giverOf(profile, needed);
    return { isAllowed: true, rule: giver, reason: `The scopes ${needed.join(', ')} are held through ${giver}.` };
  }
  const allowance = rules.find(({ effect, effects, excess }) => effect === 'allow' && !effects && !excess);
  const cutOff = needed.filter((scope) => profile.limit?.has(scope) === false);
  if (allowance && cutOff.length === 0) return { isAllowed: true, rule: allowance.name, reason: allowance.reason };
  const missingScopes = allowance ? cutOff : missing;
  return { isAllowed: false, rule: 'default-deny', reason: `The call needs ${missingScopes.join(', ')}.`, missingScopes: Object.freeze([...missingScopes]) };
}

/** Whether the credential's own list of models leaves this one out, under all of its names. */
export function isCutOffModel({ models }: Profile, { kind, name, alsoKnownAs = [] }: Target): boolean {
  return models !== undefined && kind === 'model' && !models.matches(name) && !alsoKnownAs.some(models.matches);
}

/** The first role that gives all of the scopes; all that contribute when none does alone. */
function giverOf({ roles }: Profile, needed: readonly string[]): string {
  const sets = roles.map(({ name, scopes }) => ({ name, set: scopeSet(scopes) }));
  const single = sets.find(({ set }) => needed.every((scope) => set.has(scope)));
  const givers = single ? [single] : sets.filter(({ set }) => needed.some((scope) => set.has(scope)));
  return `role:${givers.map(({ name }) => name).join('+')}`;
}
