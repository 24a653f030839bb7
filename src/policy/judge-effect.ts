/** @module policy/judge-effect: one effect of a call against grants and denials. */
import type { Decision, PermissionRequest } from '../contracts/policy.ts';
import { isJudgeable } from './effects.ts';
import type { Verdict } from './profile.ts';

const MAX_SHOWN = 200;

/** May the call have this effect? The target itself is allowed already. */
export function judgeEffect({ denials, grants }: Verdict, request: PermissionRequest, input: unknown): Decision {
  const { type, resource, problem } = request;
  const shown = resource.length > MAX_SHOWN ? `${resource.slice(0, MAX_SHOWN)}…` : resource;
  if (problem !== undefined) return { isAllowed: false, rule: 'default-deny', reason: `${type} cannot be judged: ${problem}.` };
  if (!isJudgeable(request)) return { isAllowed: false, rule: 'default-deny', reason: `The path ${shown} is not written plainly, so no rule can judge it.` };
  const denial = denials.find(({ effects, excess }) => effects?.covers(request) && (!excess || excess(input) !== undefined));
  if (denial) return { isAllowed: false, rule: denial.name, reason: denial.reason };
  const covering = grants.filter((grant) => grant.covers(request));
  const within = covering.find((grant) => grant.excess(request, input) === undefined);
  if (within) return { isAllowed: true, rule: within.giver, reason: `${within.giver} grants ${type} on ${shown}.` };
  const [closest] = covering;
  if (!closest) return { isAllowed: false, rule: 'default-deny', reason: `Nothing grants ${type} on ${shown}.` };
  return {
    isAllowed: false,
    rule: closest.giver,
    reason: `${closest.giver} grants ${type} on ${shown} only within its limits: ${closest.excess(request, input)}.`,
  };
}
