/** @module models/listing: the models a caller may use, and how their providers are. */
import type { ModelProvider } from '../contracts/model.ts';
import type { ListedModel, ModelsHealth } from '../contracts/model-client.ts';
import type { ModelRegistry } from '../contracts/model-registry.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import { toAppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { Scope } from '../core/scope.ts';
import type { DeploymentHealth } from './deployment-health.ts';

/** What the listing is made of. */
export interface ListingPorts {
  /** Names to list. */
  readonly names: Iterable<string>;
  /** `provider/model` of what a name leads to, in the order they are tried; empty = to nothing. */
  readonly targetsOf: (name: string) => readonly string[];
  readonly providers: ReadonlyMap<string, ModelProvider>;
  readonly registry: ModelRegistry;
  readonly toTarget: (name: string) => Target;
  /** Whether the caller might be allowed to call the target: what it may not call, it does not list. */
  readonly isVisible: (principal: Principal, target: Target) => boolean;
}

/** Scopes of everything about models. */
export const MODEL_SCOPES: readonly string[] = ['models:use'];
const TRAITS = { isReadOnly: true, takesSlot: true, priority: 5 } as const;
const HEALTH_MS = 5000;

/**
 * Lists names that lead to a configured provider, or with `name` in the input that one, also where it is
 * in no list, or with `isWhole` also the names that lead to no configured one: target of kind catalog; its
 * value is ListedModel[].
 */
export function createListTarget(ports: ListingPorts): Target {
  const names = [...ports.names].toSorted();
  return {
    kind: 'catalog',
    name: 'models',
    access: { scopes: MODEL_SCOPES },
    traits: TRAITS,
    run: (input, { principal }) => ({
      type: 'result',
      value: (isObject(input) && typeof input['name'] === 'string' ? [input['name']] : names).flatMap((name) =>
        ports.isVisible(principal, ports.toTarget(name)) ? describe(name, isObject(input) && input['isWhole'] === true, ports) : [],
      ),
    }),
  };
}

/** What the report of health is made of. */
export interface HealthPorts extends Pick<ListingPorts, 'providers' | 'toTarget' | 'isVisible'> {
  readonly health: Pick<DeploymentHealth, 'list'>;
}

/**
 * Asks every configured provider for its models, all at once, and tells how the deployments are that the
 * caller may call: target of kind catalog; its value is ModelsHealth.
 */
export function createHealthTarget({ providers, health, toTarget, isVisible }: HealthPorts): Target {
  return {
    kind: 'catalog',
    name: 'models-health',
    access: { scopes: MODEL_SCOPES },
    traits: TRAITS,
    run: async (_input, { scope, principal }) => {
      const answers = await Promise.all([...providers.values()].map((provider) => checkProvider(provider, scope)));
      const deployments = health.list().filter(({ target }) => isVisible(principal, toTarget(target)));
      return { type: 'result', value: { ...summarize(answers), deployments } satisfies ModelsHealth };
    },
  };
}

function describe(name: string, isWhole: boolean, { targetsOf, providers, registry }: ListingPorts): readonly ListedModel[] {
  const targets = targetsOf(name).filter((target) => providers.get(providerOf(target))?.missing === undefined);
  const [first] = targets;
  if (first === undefined) return isWhole && targetsOf(name).length > 0 ? [{ name, targets, kind: null, contextTokens: null, price: null }] : [];
  const facts = registry.find(providerOf(first), first.slice(first.indexOf('/') + 1));
  const price = facts?.price ?? null;
  return [
    {
      name,
      targets,
      kind: facts?.kind ?? null,
      contextTokens: facts?.contextTokens ?? null,
      price: price && { input: price.input, output: price.output, isEstimated: price.isEstimated },
    },
  ];
}

function providerOf(target: string): string {
  return target.slice(0, target.indexOf('/'));
}

/** Its true answer; a provider that does not answer within five seconds is down. */
export async function checkProvider({ name, kind, missing, listModels }: ModelProvider, parent: Scope): Promise<ModelsHealth['providers'][number]> {
  if (missing !== undefined) return { name, kind, state: 'not_configured', detail: missing, latencyMs: null };
  const scope = new Scope({ parent, timeoutMs: HEALTH_MS });
  const startedAt = performance.now();
  try {
    const models = await scope.race(listModels(scope));
    return { name, kind, state: 'up', detail: `lists ${models.length} models`, latencyMs: Math.round(performance.now() - startedAt) };
  } catch (thrown) {
    parent.throwIfCancelled();
    const error = toAppError(thrown);
    if (error.code === 'PROVIDER_NOT_CONFIGURED') return { name, kind, state: 'not_configured', detail: `${error.message} ${error.fix}`, latencyMs: null };
    return { name, kind, state: 'down', detail: `${error.code}: ${error.message}`, latencyMs: null };
  } finally {
    scope.end();
  }
}

/** A provider nobody configured takes nothing away; one that is configured and down does. */
function summarize(providers: ModelsHealth['providers']): Omit<ModelsHealth, 'deployments'> {
  const configured = providers.filter(({ state }) => state !== 'not_configured');
  const isUp = configured.every(({ state }) => state === 'up');
  return { status: configured.length === 0 ? 'no_providers' : isUp ? 'healthy' : 'degraded', providers };
}
