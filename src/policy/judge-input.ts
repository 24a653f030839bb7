/** @module policy/judge-input: the part of a decision that depends on the arguments. */
import type { Decision, PermissionRequest } from '../contracts/policy.ts';
import type { CallPlace, Target } from '../contracts/target.ts';
import { judgeEffect } from './judge-effect.ts';
import type { Verdict } from './profile.ts';
import type { Rule } from './rules.ts';

const NONE: readonly PermissionRequest[] = Object.freeze([]);

/** May this call be made? The target itself is not closed for every argument. */
export function judgeInput(verdict: Verdict, target: Target, input: unknown, place: CallPlace): Decision {
  const opened = verdict.closers.length === 0 && !verdict.openers ? verdict.decision : judgeTarget(verdict, input);
  if (!opened.isAllowed) return opened;
  const requests = target.access.permissions?.(input, place) ?? NONE;
  for (const request of requests) {
    const decision = judgeEffect(verdict, request, input);
    if (!decision.isAllowed) return decision;
  }
  return verdict.asks.length === 0 ? opened : (needOf(askingRules(verdict, requests, input)) ?? opened);
}

/** What openers and closers say about these arguments. */
export function judgeTarget({ decision, openers, closers }: Verdict, input: unknown): Decision {
  const closer = closers.find(({ excess }) => excess?.(input) !== undefined);
  if (closer) return { isAllowed: false, rule: closer.name, reason: `${closer.reason} Of the arguments, ${closer.excess?.(input)}.` };
  if (!openers) return decision;
  const opener = openers.rules.find(({ excess }) => excess?.(input) === undefined);
  if (opener) return { isAllowed: true, rule: opener.name, reason: opener.reason };
  const beyond = openers.rules.map(({ name, excess }) => `${name} opens it only where ${excess?.(input)}`);
  return { ...openers.otherwise, reason: `${openers.otherwise.reason} ${beyond.join('; ')}.` };
}

/** Rules that want a person to approve a call with these effects and arguments. */
export function askingRules({ asks }: Verdict, requests: readonly PermissionRequest[], input: unknown): readonly Rule[] {
  return asks.filter(({ effects, excess }) => (!effects || requests.some((request) => effects.covers(request))) && (!excess || excess(input) !== undefined));
}

/** The decision that holds a call for a person: the strictest of what the rules say. Undefined for none. */
export function needOf(rules: readonly Rule[]): Decision | undefined {
  const [first] = rules;
  if (!first) return undefined;
  const terms = rules.flatMap(({ approval }) => approval ?? []);
  return {
    isAllowed: false,
    rule: first.name,
    reason: first.reason,
    approval: {
      rules: rules.map(({ name }) => name),
      by: terms.some(({ by }) => by === 'operator') ? 'operator' : 'caller',
      uses: Math.min(...terms.map(({ uses }) => uses)),
      validSeconds: Math.min(...terms.map(({ validSeconds }) => validSeconds)),
    },
  };
}
