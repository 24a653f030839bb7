/** @module policy/explain: the way to a decision, step by step, for `tools why`. */
import type { Decision, Explanation, ExplanationStep, PermissionRequest, PolicyQuestion } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import { judgeEffect } from './judge-effect.ts';
import { askingRules, judgeTarget, needOf } from './judge-input.ts';
import { isCutOffModel, verdictOn, type Profile, type Verdict } from './profile.ts';
import type { Rule } from './rules.ts';

/** Every step, also those after one that failed: a person mends them all at once. */
export function explain(profile: Profile, question: PolicyQuestion): Explanation {
  const verdict = verdictOn(profile, question.target);
  const opened = 'input' in question && verdict.decision.isAllowed ? judgeTarget(verdict, question.input) : verdict.decision;
  const effects = explainEffects(verdict, question);
  const asked = explainAsks(verdict, question, effects.requests);
  return {
    decision: opened.isAllowed ? (effects.refusal ?? asked.need ?? opened) : opened,
    steps: [
      explainRoles(profile, question),
      explainDenials(opened),
      ...explainArguments(verdict, question),
      ...explainModels(profile, question.target),
      explainScopes(profile, question.target, opened),
      ...effects.steps,
      ...asked.steps,
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

/** Rules that look at the arguments, where no arguments were given. */
function explainArguments({ openers, closers }: Verdict, question: PolicyQuestion): readonly ExplanationStep[] {
  const names = [...(openers?.rules ?? []), ...closers].map(({ name }) => name);
  if (names.length === 0 || 'input' in question) return [];
  return [{ step: 'argument limits', isPassed: true, detail: `${names.join(', ')} depend on the arguments; give arguments to have them judged.` }];
}

/** What waits for a person. An ask fails the step: without a yes the call does not run. */
function explainAsks(
  verdict: Verdict,
  question: PolicyQuestion,
  requests: readonly PermissionRequest[],
): { readonly steps: readonly ExplanationStep[]; readonly need: Decision | undefined } {
  if (verdict.asks.length === 0) return { steps: [], need: undefined };
  const step = 'approval';
  if (!('input' in question)) {
    const always = verdict.asks.filter(({ effects, excess }) => !effects && !excess);
    const names = verdict.asks.map(({ name }) => name).join(', ');
    if (always.length === 0)
      return { steps: [{ step, isPassed: true, detail: `${names} may want a person to approve it, depending on the arguments.` }], need: undefined };
    return { steps: [stepOfNeed(always)], need: needOf(always) };
  }
  const asking = askingRules(verdict, requests, question.input);
  if (asking.length === 0) return { steps: [{ step, isPassed: true, detail: 'No rule asks a person about these arguments.' }], need: undefined };
  return { steps: [stepOfNeed(asking)], need: needOf(asking) };
}

function stepOfNeed(rules: readonly Rule[]): ExplanationStep {
  const { by, uses, validSeconds } = needOf(rules)?.approval ?? { by: 'operator', uses: 1, validSeconds: 0 };
  const who = by === 'operator' ? 'an operator' : 'the person at the client, or an operator,';
  return {
    step: 'approval',
    isPassed: false,
    detail: `${rules.map(({ name }) => name).join(', ')}: ${who} has to approve exactly these arguments; a yes is good for ${uses === 1 ? 'one call' : `${uses} calls`} within ${validSeconds} seconds.`,
  };
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

function explainEffects(
  verdict: Verdict,
  question: PolicyQuestion,
): { readonly steps: readonly ExplanationStep[]; readonly refusal: Decision | undefined; readonly requests: readonly PermissionRequest[] } {
  const { permissions } = question.target.access;
  if (!permissions) return { steps: [], refusal: undefined, requests: [] };
  if (!('input' in question)) {
    return {
      steps: [{ step: 'permissions', isPassed: true, detail: 'Depend on the arguments; give arguments to have them judged.' }],
      refusal: undefined,
      requests: [],
    };
  }
  const requests = permissions(question.input, question.place ?? {});
  const judged = requests.map((request) => ({ request, decision: judgeEffect(verdict, request, question.input) }));
  return {
    steps: judged.map(({ request, decision }) => ({
      step: `${request.type} ${request.resource}`,
      isPassed: decision.isAllowed,
      detail: `${decision.rule}: ${decision.reason}`,
    })),
    refusal: judged.find(({ decision }) => !decision.isAllowed)?.decision,
    requests,
  };
}
