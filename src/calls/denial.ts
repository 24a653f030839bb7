/** @module calls/denial: what a call hears that policy does not let through. */
import { AppError, toAppError } from '../core/errors.ts';
import type { Decision } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import type { Call } from './call.ts';

const NOTHING_ALLOWS: Decision = { isAllowed: false, rule: 'default-deny', reason: 'Nothing allows the call.' };

/** SCOPE_MISSING with all that one credential would need, where scopes are what is missing; PERMISSION_DENIED with the rule elsewhere. */
export function denialOf({ rule, reason, missingScopes }: Decision, principal: Principal): AppError {
  return missingScopes && missingScopes.length > 0
    ? new AppError('SCOPE_MISSING', { message: reason, data: { missingScopes, ...heldBy(principal) } })
    : new AppError('PERMISSION_DENIED', { message: reason, data: { rule } });
}

/**
 * What a call with invalid arguments hears: what is wrong with them, which tells of the schema, only if there are
 * arguments with which it might be allowed. Whoever may not see the target hears what a valid call would hear.
 */
export function refuseInvalid(call: Call, target: Target, invalid: unknown): AppError {
  const { policy } = call.generation;
  if (policy.isVisible(call.principal, target)) return toAppError(invalid);
  const decision = decideInvalid(call, target);
  call.isDenied = true;
  call.rule = decision.rule;
  return denialOf(decision, call.principal);
}

/** The policy of roles does not look at the arguments here; others may stumble over invalid ones. */
function decideInvalid({ generation, principal, input, admission }: Call, target: Target): Decision {
  try {
    const decision = generation.policy.decide(principal, target, input, admission);
    return decision.isAllowed || decision.approval ? NOTHING_ALLOWS : decision;
  } catch {
    return NOTHING_ALLOWS;
  }
}

/** What a token holds already: the client needs one that holds everything. */
function heldBy({ method, scopes }: Principal): { readonly heldScopes?: readonly string[] } {
  return method === 'jwt' && scopes ? { heldScopes: scopes } : {};
}
