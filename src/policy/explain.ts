/** @module policy/explain: the way to a decision, step by step, for `tools why`. */
import type { Decision, Explanation, ExplanationStep, PolicyQuestion } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import { judgeEffect } from './judge-effect.ts';
import { isCutOffModel, verdictOn, type Profile, type Verdict } from './profile.ts';

/** Every step, also those after one that failed: a person mends them all at once. */
export function explain(profile: Profile, question: PolicyQuestion): Explanation {
  const verdict = verdictOn(profile, question.target);
  const effects = explainEffects(verdict, question);
  return {
    decision: verdict.decision.isAllowed ? (effects.refusal ?? verdict.decision) : verdict.decision,
    steps: [
      explainRoles(profile, question),
      explainDenials(verdict.decision),
      ...explainModels(profile, question.target),
      explainScopes(profile, question.target, verdict.decision),
      ...effects.steps,
    ],
  };
}

function explainRoles({ roles }: Profile, { principal }: PolicyQuestion): ExplanationStep {
  const known = roles.map(({ name, ancestry }) => (ancestry.size > 1 ? `${name} (with ${[...ancestry].filter((other) => other !== name).join(', ')})` : name));
  const unknown = principal.roles.filter((name) => !roles.some((role) => role.name === name));
  const held = known.length > 0 ? `Holds ${known.join(' and ')}.` : 'Holds no role that the policy knows.';
  return { step: 'roles', isPassed: known.length > 0, detail: unknown.length > 0 ? `${held} The policy has no role ${unknown.join(', ')}.` : held };
}

function explainDenials({ rule, reason }: Decision): ExplanationStep {
  const isDenied = rule.startsWith('deny:');
  return { step: 'deny rules', isPassed: !isDenied, detail: isDenied ? `${rule}: ${reason}` : 'No rule closes the target.' };
}

/** Nothing for what is no model, and for credentials without a list. */
function explainModels(profile: Profile, target: Target): readonly ExplanationStep[] {
  const { models } = profile;
  if (!models || target.kind !== 'model') return [];
  const isPassed = !isCutOffModel(profile, target);
  return [
    { step: 'models of the key', isPassed, detail: `The credential is limited to ${models.patterns.join(', ')}${isPassed ? ', which includes it' : ''}.` },
  ];
}

function explainScopes({ scopes, limit }: Profile, { access }: Target, { rule, isAllowed }: Decision): ExplanationStep {
  const needed = access.scopes;
  const missing = needed.filter((scope) => !scopes.has(scope));
  const step = 'scopes';
  if (needed.length === 0) return { step, isPassed: true, detail: 'The target needs no scope.' };
  if (missing.length === 0) return { step, isPassed: true, detail: `Has ${needed.join(', ')}.` };
  if (isAllowed) return { step, isPassed: true, detail: `Lacks ${missing.join(', ')}, but ${rule} opens the target.` };
  const cutOff = missing.filter((scope) => limit?.has(scope) === false);
  return {
    step,
    isPassed: false,
    detail: `Lacks ${missing.join(', ')}.${cutOff.length > 0 ? ` The credential itself is limited and leaves out ${cutOff.join(', ')}.` : ''}`,
  };
}

function explainEffects(verdict: Verdict, question: PolicyQuestion): { readonly steps: readonly ExplanationStep[]; readonly refusal: Decision | undefined } {
  const { permissions } = question.target.access;
  if (!permissions) return { steps: [], refusal: undefined };
  if (!('input' in question)) {
    return { steps: [{ step: 'permissions', isPassed: true, detail: 'Depend on the arguments; give arguments to have them judged.' }], refusal: undefined };
  }
  const judged = permissions(question.input, question.place ?? {}).map((request) => ({ request, decision: judgeEffect(verdict, request) }));
  return {
    steps: judged.map(({ request, decision }) => ({
      step: `${request.type} ${request.resource}`,
      isPassed: decision.isAllowed,
      detail: `${decision.rule}: ${decision.reason}`,
    })),
    refusal: judged.find(({ decision }) => !decision.isAllowed)?.decision,
  };
}
