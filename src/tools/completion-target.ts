/** @module tools/completion-target: completion of arguments, and subscriptions to resources. */
import type { Listed } from '../contracts/catalog.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import type { ResourceDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { READ_TRAITS } from './resource-target.ts';

/** The most values MCP lets a completion carry. */
const MAX_VALUES = 100;

/** What can complete: a prompt or a resource with what its author declared. */
export interface Completable {
  readonly listed: Listed;
  /** Names of its arguments or variables. */
  readonly names: readonly string[];
  readonly complete: ResourceDefinition['complete'];
}

/**
 * Completes the arguments of one prompt or resource. Whoever may not see that may not complete for it.
 *
 * @param name as the door asks: `prompt:<name>` or `resource:<uri>`
 */
export function createCompletionTarget(name: string, { listed, names, complete }: Completable, policy: () => Policy): Target {
  return {
    kind: 'completion',
    name,
    access: { scopes: listed.target.access.scopes },
    traits: READ_TRAITS,
    run: async (input, { principal }) => {
      requireVisible(policy(), principal, listed.target);
      const { argument, value, known } = readQuestion(input);
      if (!names.includes(argument))
        throw new AppError('INVALID_PARAMS', { message: `There is no argument ${JSON.stringify(argument.slice(0, 64))} to complete.` });
      const found: unknown = complete ? await complete(argument, value, known) : [];
      if (!Array.isArray(found) || !found.every((item) => typeof item === 'string')) {
        throw new AppError('OUTPUT_INVALID', { message: 'The completion answered something that is no list of texts.' });
      }
      return { type: 'result', value: { completion: { values: found.slice(0, MAX_VALUES), total: found.length, hasMore: found.length > MAX_VALUES } } };
    },
  };
}

/** Opening a subscription: answers {} when the principal may read the resource. `undefined` = every change of lists. */
export function createSubscriptionTarget(name: string, resource: Target | undefined, policy: () => Policy): Target {
  return {
    kind: 'subscription',
    name,
    access: { scopes: resource?.access.scopes ?? [] },
    traits: { ...READ_TRAITS, takesSlot: false },
    run: (_input, { principal }) => {
      if (resource) requireVisible(policy(), principal, resource);
      return { type: 'result', value: {} };
    },
  };
}

/** Rules may name the prompt or resource itself, which the pipeline's question about this target does not touch. */
function requireVisible(policy: Policy, principal: Principal, target: Target): void {
  if (!policy.isVisible(principal, target))
    throw new AppError('PERMISSION_DENIED', { message: `No rule permits ${target.kind} ${target.name.slice(0, 200)}.` });
}

interface Question {
  readonly argument: string;
  readonly value: string;
  readonly known: Readonly<Record<string, string>>;
}

/** @throws AppError INVALID_PARAMS */
function readQuestion(input: unknown): Question {
  const argument = membersOf(membersOf(input)['argument']);
  const { name, value } = argument;
  const known = membersOf(membersOf(membersOf(input)['context'])['arguments']);
  if (typeof name !== 'string' || typeof value !== 'string') throw new AppError('INVALID_PARAMS', { message: 'argument needs name and value, both strings.' });
  const entries = Object.entries(known).map(([key, item]): [string, string] => {
    if (typeof item !== 'string') throw new AppError('INVALID_PARAMS', { message: 'The arguments in context must be strings.' });
    return [key, item];
  });
  return { argument: name, value, known: Object.fromEntries(entries) };
}

function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
