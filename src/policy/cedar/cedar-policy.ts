/** @module policy/cedar/cedar-policy: decisions by Cedar policies, inside the bounds that hold for every engine. */
import type { PolicyConfig } from '../../contracts/policy-config.ts';
import { STANDARD_SCOPES } from '../../contracts/policy-config.ts';
import type { Decision, ExplainingPolicy, ExplanationStep, PermissionRequest } from '../../contracts/policy.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { CallPlace, Target } from '../../contracts/target.ts';
import { AppError } from '../../core/errors.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { compilePolicy } from '../policy.ts';
import { compileRoles } from '../roles.ts';
import { checkPolicies, type CedarSource, readSource } from './cedar-files.ts';
import { type Cedar, loadCedar } from './cedar-library.ts';
import { type CedarPrincipal, type CedarRequest, createCedarRequests } from './cedar-request.ts';

/** What Cedar said: `none` = no policy speaks about it. */
interface Verdict {
  readonly answer: 'permit' | 'forbid' | 'none';
  /** Ids of the policies, or what went wrong. */
  readonly reason: string;
}

const NO_FILES = { policies: [], schema: null };
/** No role of a file can have this name: they begin with a letter. */
const EVERYTHING = '0';
const CACHED = 20_000;
let sets = 0;

/** @throws AppError CONFIG_INVALID with file and line, CEDAR_MISSING */
export function compileCedarPolicy(config: PolicyConfig): ExplainingPolicy {
  const { policies, schema } = config.cedar ?? NO_FILES;
  return createCedarPolicy(config, policies.map(readSource), schema === null ? undefined : readSource(schema), loadCedar());
}

/**
 * Whatever Cedar permits, deny rules, the limits of a credential and effects that cannot be judged refuse first; ask rules
 * still ask. Roles give nothing but their names.
 *
 * @throws AppError CONFIG_INVALID
 */
export function createCedarPolicy(config: PolicyConfig, sources: readonly CedarSource[], ownSchema: CedarSource | undefined, cedar: Cedar): ExplainingPolicy {
  const allowance = config.rules.find(({ effect }) => effect === 'allow');
  if (allowance)
    throw new AppError('CONFIG_INVALID', {
      message: `policy.rules.${allowance.id}: with the engine cedar, what is allowed is said by Cedar policies; deny and ask rules stay.`,
    });
  const checked = checkPolicies(cedar, sources, ownSchema);
  const bounds = boundsOf(config);
  const ancestries = new Map([...compileRoles(config.roles)].map(([name, { ancestry }]) => [name, ancestry]));
  const requests = createCedarRequests(ancestries, checked.globs);
  const judge = createJudge(cedar, checked);
  const callers = new WeakMap<Principal, { readonly bounded: Principal; readonly caller: CedarPrincipal }>();

  const callerOf = (principal: Principal): { readonly bounded: Principal; readonly caller: CedarPrincipal } => {
    const known = callers.get(principal) ?? {
      bounded: Object.freeze({ ...principal, roles: Object.freeze([...principal.roles, EVERYTHING]) }),
      caller: requests.principalOf(principal),
    };
    callers.set(principal, known);
    return known;
  };
  const actionOf = ({ kind, name }: Target): string => (checked.actions.has(`${kind}:${name}`) ? `${kind}:${name}` : 'call');

  const judgeTarget = (caller: CedarPrincipal, target: Target, input: unknown, action = actionOf(target)): Decision => {
    const called = judge(requests.call(caller, target, action, input));
    if (called.answer === 'forbid') return { isAllowed: false, rule: `cedar:${called.reason}`, reason: `Cedar forbids it: ${called.reason}.` };
    if (called.answer === 'permit') return { isAllowed: true, rule: `cedar:${called.reason}`, reason: `Cedar permits the call: ${called.reason}.` };
    const held = target.access.scopes.map((scope) => ({ scope, ...judge(requests.hold(caller, scope)) }));
    const missing = held.filter(({ answer }) => answer !== 'permit').map(({ scope }) => scope);
    if (missing.length > 0)
      return { isAllowed: false, rule: 'default-deny', reason: `The call needs ${missing.join(', ')}.`, missingScopes: Object.freeze(missing) };
    const givers = [...new Set(held.map(({ reason }) => reason))].join(',');
    return held.length === 0
      ? { isAllowed: true, rule: 'authenticated', reason: 'Every authenticated principal may call it.' }
      : { isAllowed: true, rule: `cedar:${givers}`, reason: `The scopes ${target.access.scopes.join(', ')} are held through ${givers}.` };
  };
  const judgeEffect = (caller: CedarPrincipal, target: Target, request: PermissionRequest): Decision => {
    const { answer, reason } = judge(requests.effect(caller, target, request));
    const what = `${request.type} on ${request.resource.slice(0, 200)}`;
    if (answer === 'permit') return { isAllowed: true, rule: `cedar:${reason}`, reason: `Cedar permits ${what}: ${reason}.` };
    return answer === 'forbid'
      ? { isAllowed: false, rule: `cedar:${reason}`, reason: `Cedar forbids ${what}: ${reason}.` }
      : { isAllowed: false, rule: 'default-deny', reason: `No Cedar policy permits ${what}.` };
  };
  const effectsOf = (
    caller: CedarPrincipal,
    target: Target,
    input: unknown,
    place: CallPlace,
  ): readonly { readonly request: PermissionRequest; readonly decision: Decision }[] =>
    (target.access.permissions?.(input, place) ?? []).map((request) => ({ request, decision: judgeEffect(caller, target, request) }));
  const decide: ExplainingPolicy['decide'] = (principal, target, input, place = {}) => {
    const { bounded, caller } = callerOf(principal);
    const bound = bounds.decide(bounded, target, input, place);
    if (!bound.isAllowed && !bound.approval) return bound;
    const opened = judgeTarget(caller, target, input);
    if (!opened.isAllowed) return opened;
    const refusal = effectsOf(caller, target, input, place).find(({ decision }) => !decision.isAllowed);
    if (refusal) return refusal.decision;
    return bound.approval ? bound : opened;
  };
  /** For a target with an action of its own the arguments would be needed: it is shown unless it is forbidden for all. */
  const judgeVisible = (caller: CedarPrincipal, target: Target): Decision => {
    const decision = judgeTarget(caller, target, {}, 'call');
    const isOpen = actionOf(target) !== 'call' && decision.rule === 'default-deny';
    return isOpen ? { isAllowed: true, rule: 'cedar', reason: 'It depends on the arguments.' } : decision;
  };

  return {
    decide,
    isVisible: (principal, target) => {
      const { bounded, caller } = callerOf(principal);
      return bounds.isVisible(bounded, target) && judgeVisible(caller, target).isAllowed;
    },
    scopesOf: (principal) => {
      const { bounded, caller } = callerOf(principal);
      const within = new Set(bounds.scopesOf(bounded));
      return STANDARD_SCOPES.filter((scope) => within.has(scope) && judge(requests.hold(caller, scope)).answer === 'permit');
    },
    missingScopes: (principal, scopes) => {
      const { bounded, caller } = callerOf(principal);
      const cutOff = new Set(bounds.missingScopes(bounded, scopes));
      return scopes.filter((scope) => cutOff.has(scope) || judge(requests.hold(caller, scope)).answer !== 'permit');
    },
    explain: (question) => {
      const { principal, target } = question;
      const { bounded, caller } = callerOf(principal);
      const place = question.place ?? {};
      const hasInput = 'input' in question;
      const { decision: bound, steps } = bounds.explain({ ...question, principal: bounded });
      const opened = hasInput ? judgeTarget(caller, target, question.input) : judgeVisible(caller, target);
      const effects = hasInput ? effectsOf(caller, target, question.input, place) : [];
      const own: readonly ExplanationStep[] = [
        { step: 'cedar', isPassed: opened.isAllowed, detail: `${opened.rule}: ${opened.reason}` },
        ...effects.map(({ request, decision }) => ({
          step: `${request.type} ${request.resource}`,
          isPassed: decision.isAllowed,
          detail: `${decision.rule}: ${decision.reason}`,
        })),
      ];
      const isBound = bound.isAllowed || bound.approval !== undefined;
      const refusal = [opened, ...effects.map(({ decision }) => decision)].find(({ isAllowed }) => !isAllowed);
      // Of the bounds, the steps that passed say nothing: everything passes them that no rule names.
      const bounding = steps.filter(({ step, isPassed }) => step !== 'roles' && (!isPassed || step === 'deny rules'));
      return {
        decision: isBound ? (refusal ?? (bound.approval ? bound : opened)) : bound,
        steps: [...bounding.filter(({ step }) => step !== 'approval'), ...own, ...bounding.filter(({ step }) => step === 'approval')],
      };
    },
  };
}

/** Everything is allowed within the bounds: deny rules, ask rules, what the credential cuts off. */
function boundsOf({ roles, rules }: PolicyConfig): ExplainingPolicy {
  const names = Object.fromEntries(Object.entries(roles).map(([name, { inherits }]) => [name, { inherits }]));
  const everything = { scopes: ['*'], permissions: [{ permission: '*' as const, resources: ['**'] }] };
  return compilePolicy({ roles: { ...names, [EVERYTHING]: everything }, rules });
}

/** Asks Cedar, or remembers. A policy that fails while it is evaluated counts as one that forbids: what it would have said is not known. */
function createJudge(
  cedar: Cedar,
  { policies, schema }: { readonly policies: Readonly<Record<string, string>>; readonly schema: string },
): (request: CedarRequest) => Verdict {
  sets += 1;
  const name = `switchyard-${sets}`;
  const prepared = [cedar.preparseSchema(name, schema), cedar.preparsePolicySet(name, { staticPolicies: policies })];
  if (prepared.some(({ type }) => type === 'failure')) throw new AppError('CONFIG_INVALID', { message: 'policy.cedar: the policies cannot be prepared.' });
  const known = new RecentMap<string, Verdict>(CACHED);

  const ask = ({ principal, action, resource, context, entities }: CedarRequest): Verdict => {
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: action },
      resource,
      context,
      entities,
      preparsedSchemaName: name,
      validateRequest: true,
      preparsedPolicySetId: name,
    });
    if (answer.type === 'failure') return { answer: 'forbid', reason: `invalid-request (${answer.errors[0]?.message.slice(0, 200) ?? 'unknown'})` };
    const { decision, diagnostics } = answer.response;
    const [failed] = diagnostics.errors;
    if (failed) return { answer: 'forbid', reason: `${failed.policyId} (it failed)` };
    const reason = diagnostics.reason.toSorted().join(',');
    if (decision === 'allow') return { answer: 'permit', reason };
    return { answer: diagnostics.reason.length > 0 ? 'forbid' : 'none', reason };
  };

  return (request) => {
    const found = known.get(request.key);
    if (found) return found;
    const verdict = ask(request);
    known.set(request.key, verdict);
    return verdict;
  };
}
