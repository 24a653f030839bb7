/** @module models/models: models as targets of calls. */
import type { CallContext, Terminal } from '../contracts/call.ts';
import type { Egress } from '../contracts/egress.ts';
import { isModelCallInput, type ModelCallInput, type ModelProvider, type ModelResult, type OwnModels } from '../contracts/model.ts';
import type { ModelRegistry } from '../contracts/model-registry.ts';
import { targetsIn, type ChainEntry, type DeploymentStatus, type ModelsConfig } from '../contracts/models-config.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Spend } from '../contracts/spend.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Problem, Target } from '../contracts/target.ts';
import type { Counter } from '../contracts/telemetry.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { Answering } from './answering.ts';
import { runAttempt, type AttemptTarget } from './attempt.ts';
import { createAnswerCache, type AnswerCache, type AnswerCachePorts } from './cache/answer-cache.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import { runChain } from './failover.ts';
import { createGuard } from './guardrails/guard.ts';
import { createHealthTarget, createListTarget, MODEL_SCOPES } from './listing.ts';
import { estimateAttempt } from './metering.ts';
import { createProvider } from './providers/create-provider.ts';
import { createVendorNames } from './vendor-names.ts';

/** What models are made of. */
export interface ModelPorts {
  readonly config: ModelsConfig;
  readonly egress: Egress;
  /** What the program brings. */
  readonly own?: OwnModels | undefined;
  readonly registry: ModelRegistry;
  /** Outlives these models: what was learnt of a deployment stays known. */
  readonly health: DeploymentHealth;
  /** Whether somebody counts what the caller uses, so that streams must tell it. */
  readonly isCounted: (principal: Principal) => boolean;
  /** Counts tokens by {provider, direction}. */
  readonly tokens: Counter;
  /** Counts what guardrails did by {rule, action, direction}. */
  readonly guardrailActions: Counter;
  /** Bytes an answer may have. */
  readonly maxResponseBytes: number;
  /** Undefined = no answer is kept. Outlives these models. `isOff`: whether the kill switch stops calls of the target. */
  readonly cache: (Pick<AnswerCachePorts, 'store' | 'clock' | 'lookups'> & { readonly isOff: (principal: Principal, target: Target) => boolean }) | undefined;
  /** Whether the caller might be allowed to call the target: what it may not call, it does not list. */
  readonly isVisible: (principal: Principal, target: Target) => boolean;
}

/** The models of one configuration. */
export interface Models {
  /** An alias, a model that a provider lists, `provider/model`, or a name that the registry knows of a vendor. */
  resolve(name: string): Target | undefined;
  /** Targets of kind catalog: the names a caller may use, and how the providers are. */
  readonly catalogs: readonly Target[];
  /** Each provider as its last answer shows it, with its deployments that are passed over: nothing is probed. */
  status(): readonly ComponentStatus[];
}

/** Deployments named in one line of the status. */
const SHOWN = 5;
/** Names are the client's to choose, as long as they begin with a provider. */
const MAX_TARGETS = 1000;
const UPSTREAM_MODEL = /^[\w.:@-][\w.:@/-]{0,199}$/;

/** Builds the targets. Contacts nobody. */
export function createModels(ports: ModelPorts): Models {
  const { config, egress, own, registry, health, isCounted, isVisible } = ports;
  const { tokens, guardrailActions, maxResponseBytes, cache } = ports;
  const providers = providersOf(config, egress, own);
  const lastOutcome = new Map<string, string>();
  const find = (name: string): AttemptTarget | undefined => {
    const cut = name.indexOf('/');
    const provider = providers.get(name.slice(0, cut));
    const model = name.slice(cut + 1);
    return provider && cut > 0 && UPSTREAM_MODEL.test(model) ? { provider, model } : undefined;
  };
  /** `provider/model` in all spellings that the vendor takes, the one to go by first; none for another name. */
  const spellingsOf = (name: string): readonly string[] => {
    const { provider, model } = find(name) ?? {};
    return provider && model !== undefined ? (provider.spellings?.(model) ?? [model]).map((one) => `${provider.name}/${one}`) : [];
  };

  const chains = chainsOf(config, own, (target) => spellingsOf(target)[0] ?? target);
  const targetsByName = new Map([...chains].map(([name, chain]) => [name, targetsIn(chain)]));
  const namesOf = namesByTarget(targetsByName);
  const vendorTarget = createVendorNames(providers.values(), registry);

  /** What a name leads to where the configuration has no chain for it. */
  const targetOf = (name: string): string | undefined => spellingsOf(name)[0] ?? vendorTarget(name);
  const targetsOf = (name: string): readonly string[] => targetsByName.get(name) ?? [targetOf(name) ?? []].flat();

  const attempt = async (name: string, input: ModelCallInput, context: CallContext): Promise<ModelResult> => {
    const target = find(name);
    if (!target) throw new AppError('UNKNOWN_TARGET');
    const { name: provider } = target.provider;
    try {
      const result = await runAttempt(target, input, context, {
        registry,
        times: config,
        maxBytes: maxResponseBytes,
        wantsUsage: config.streamUsage === 'always' || isCounted(context.principal),
      });
      lastOutcome.set(provider, 'ok');
      tokens.add({ provider, direction: 'input' }, result.usage.inputTokens ?? 0);
      tokens.add({ provider, direction: 'output' }, result.usage.outputTokens ?? 0);
      return result;
    } catch (thrown) {
      if (!context.scope.reason) lastOutcome.set(provider, toAppError(thrown).code);
      throw thrown;
    }
  };

  const isAllowed: AnswerCachePorts['isAllowed'] = (principal, servedBy) => {
    const target = resolve(servedBy);
    return target !== undefined && isVisible(principal, target) && cache?.isOff(principal, target) === false;
  };
  const cached: AnswerCache = cache ? createAnswerCache({ config: config.cache, ...cache, isAllowed }) : (_call, next) => next;
  const guarded = createGuard(config.guardrails, { egress, actions: guardrailActions });

  const route = async (name: string, input: ModelCallInput, context: CallContext): Promise<ModelResult> => {
    const chain = chains.get(name) ?? [targetOf(name) ?? name];
    const tryAll: Answering = async (sent, emit) =>
      await runChain(chain, sent, { scope: context.scope, call: (child) => context.call(child), emit }, { limits: config, health });
    try {
      // The cache stands between the two: it knows what providers see, and what it answers is judged as theirs is.
      return await guarded(context, cached({ name, route: routeOf(config, targetsIn(chain)), context }, tryAll))(input, (part) => context.emit(part));
    } catch (thrown) {
      if (input.operation !== 'count' || toAppError(thrown).code !== 'OPERATION_UNSUPPORTED') throw thrown;
      const { estimateCount } = await import('./count-estimate.ts');
      return await estimateCount(targetsOf(name)[0] ?? name, input);
    }
  };

  const estimateOf = (name: string, input: unknown): Spend | undefined => {
    const target = find(name);
    return target && isModelCallInput(input) ? estimateAttempt(registry, target.provider.name, target.model, input) : undefined;
  };

  /** A target also goes by the name of its vendor where that leads to it. */
  const otherNames = (target: string): readonly string[] | undefined => {
    const model = target.slice(target.indexOf('/') + 1);
    const names = namesOf.get(target);
    return !chains.has(model) && vendorTarget(model) === target ? [...(names ?? []), model] : names;
  };

  const toTarget = (name: string): Target => ({
    kind: 'model',
    name,
    access: { scopes: MODEL_SCOPES },
    traits: { isReadOnly: false, timeoutMs: config.totalMs, rateClass: 'model', takesSlot: true, priority: 5 },
    redact: ['/body'],
    validateInput,
    alsoKnownAs: otherNames(name),
    sameAs: sameNames(spellingsOf(name), chains.keys(), targetsOf),
    estimate: (input) => estimateOf(name, input),
    isCounted: (input) => !(isModelCallInput(input) && input.attempt > 0),
    run: async (input, context): Promise<Extract<Terminal, { type: 'result' }>> => {
      if (!isModelCallInput(input)) throw new AppError('INTERNAL');
      return { type: 'result', value: await (input.attempt === 0 ? route : attempt)(name, input, context) };
    },
  });

  // What others remember about a target (the verdict of the policy) they remember by the object.
  const targets = new RecentMap<string, Target>(MAX_TARGETS);
  const resolve = (name: string): Target | undefined => {
    const known = targets.get(name);
    if (known || !(chains.has(name) || targetOf(name) !== undefined)) return known;
    const [spelling = name] = chains.has(name) ? [] : spellingsOf(name);
    // One name, whichever was asked for: rules, budgets and prices go by it.
    if (spelling !== name) return resolve(spelling);
    const target = toTarget(name);
    targets.set(name, target);
    return target;
  };

  return {
    resolve,
    catalogs: [
      createListTarget({ names: chains.keys(), targetsOf, providers, registry, toTarget, isVisible }),
      createHealthTarget({ providers, health, toTarget, isVisible }),
    ],
    status: () => [...providers.values()].map((provider) => statusOf(provider, lastOutcome.get(provider.name), health.list())),
  };
}

/** Those of the configuration and those that the program brings, by name. */
function providersOf({ providers }: ModelsConfig, egress: Egress, own: OwnModels | undefined): ReadonlyMap<string, ModelProvider> {
  const configured = Object.entries(providers).map(([name, provider]) => createProvider(name, provider, { egress }));
  return new Map([...configured, ...(own?.providers ?? [])].map((provider) => [provider.name, provider]));
}

/** Aliases, and the models that providers list: several providers with one model are a chain in their order. @param spell the one name of a target */
function chainsOf(
  { providers, aliases }: ModelsConfig,
  own: OwnModels | undefined,
  spell: (target: string) => string,
): ReadonlyMap<string, readonly ChainEntry[]> {
  const chains = new Map<string, readonly ChainEntry[]>();
  for (const [provider, { models }] of Object.entries(providers))
    for (const model of models) chains.set(model, [...(chains.get(model) ?? []), `${provider}/${model}`]);
  for (const [alias, chain] of Object.entries({ ...aliases, ...own?.aliases })) chains.set(alias, chain);
  return new Map(
    [...chains].map(([name, chain]) => [name, chain.map((entry) => (typeof entry === 'string' ? spell(entry) : { ...entry, target: spell(entry.target) }))]),
  );
}

/** Where the targets lead: the same name at another address is another model to the cache. */
function routeOf({ providers }: ModelsConfig, targets: readonly string[]): string {
  return JSON.stringify(
    targets.map((target) => {
      const { kind = null, baseUrl = null, region = null, project = null, apiVersion = null } = providers[target.slice(0, target.indexOf('/'))] ?? {};
      return [target, kind, baseUrl, region, project, apiVersion];
    }),
  );
}

/** Target → the names whose chain it is in. */
function namesByTarget(chains: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const [name, chain] of chains) for (const target of chain) names.set(target, [...(names.get(target) ?? []), name]);
  return names;
}

function validateInput(input: unknown): readonly Problem[] | undefined {
  return isModelCallInput(input) ? undefined : [{ path: '', message: 'A model is called through the model API only.' }];
}

function statusOf({ name, missing }: ModelProvider, lastOutcome: string | undefined, deployments: readonly DeploymentStatus[]): ComponentStatus {
  if (missing !== undefined) return { name, state: 'off', detail: `not_configured: ${missing}` };
  const passedOver = deployments.filter(({ target, state }) => state !== 'closed' && target.startsWith(`${name}/`));
  if (passedOver.length > 0)
    return { name, state: 'degraded', detail: `passed over after failures: ${passedOver.slice(0, SHOWN).map(describeDeployment).join(', ')}` };
  if (lastOutcome === undefined) return { name, state: 'off', detail: 'configured; not called since the start' };
  return lastOutcome === 'ok'
    ? { name, state: 'up', detail: 'its last answer was whole' }
    : { name, state: 'degraded', detail: `its last answer was ${lastOutcome}` };
}

function describeDeployment({ target, state, lastOutcome }: DeploymentStatus): string {
  return `${target} (${state}, ${lastOutcome ?? 'not answered yet'})`;
}

/** The other spellings of a target, and the name alone where it is listed, or known of the vendor, as this model; some vendors do not look at the case. */
function sameNames(spellings: readonly string[], known: Iterable<string>, targetsOf: (name: string) => readonly string[]): readonly string[] {
  const folded = new Set(spellings.map((one) => one.toLowerCase()));
  const alone = new Set([...folded].map((one) => one.slice(one.indexOf('/') + 1)));
  const listed = [...known, ...alone].filter((one) => alone.has(one.toLowerCase()) && targetsOf(one).some((other) => folded.has(other.toLowerCase())));
  return [...spellings.slice(1), ...listed];
}
