/** @module app/model-gateway: builds models and their way out. Loaded at the first call of a model. */
import type { Egress } from '../contracts/egress.ts';
import type { OwnModels } from '../contracts/model.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import { createEgress } from '../egress/dialer.ts';
import { createDeploymentHealth, type DeploymentHealth } from '../models/deployment-health.ts';
import { webhooksOf } from '../models/guardrails/guard.ts';
import { createModels, type ModelPorts, type Models } from '../models/models.ts';
import { createModelRegistry } from '../models/registry/model-registry.ts';
import { baseUrlsOf } from '../models/providers/create-provider.ts';
import type { Foundation } from './foundation.ts';
import { createCacheStores } from './model-cache.ts';

/** The models of the configuration in force, with what they hold. */
export interface ModelGateway {
  readonly models: Models;
  /** Makes models of another configuration. Attempts under way go on; what was learnt of deployments stays. */
  apply(config: ModelsConfig): void;
  /** Ends idle connections to providers and what keeps answers. */
  close(): Promise<void>;
}

/** The configuration, and who decides about callers; asked at each use. */
export interface ModelJudges {
  /** The one in force. */
  readonly policy: () => Policy;
  readonly config: () => ModelsConfig;
  /** What the program brings. */
  readonly own?: OwnModels | undefined;
  /** Whether the kill switch stops calls of the target: then nothing that came from it is given again either. */
  readonly isOff: (principal: Principal, target: Target) => boolean;
  /** Whether a budget counts what the caller uses. */
  readonly isCounted: (principal: Principal) => boolean;
}

/** Contacts nobody. */
export function createModelGateway(foundation: Foundation, judges: ModelJudges): ModelGateway {
  const { meter, clock, loaded } = foundation;
  const { maxResponseBytes } = loaded.config.limits;
  const health = createHealth(judges.config(), foundation);
  const tokens = meter.counter('switchyard_model_tokens_total', 'Tokens as providers report them, by provider and direction.');
  const guardrailActions = meter.counter('switchyard_guardrail_actions_total', 'What guardrails did, by rule, action and direction.');
  const cacheLookups = meter.counter('switchyard_model_cache_total', 'What the cache of answers did, by mode and result.');
  const cacheStores = createCacheStores(foundation);
  const isVisible: ModelPorts['isVisible'] = (principal, target) => judges.policy().isVisible(principal, target);
  const build = (config: ModelsConfig): { readonly models: Models; readonly egress: Egress } => {
    const egress = createEgress([...baseUrlsOf(config), ...webhooksOf(config.guardrails)]);
    const registry = createModelRegistry({ overrides: config.prices, now: clock.now });
    const store = cacheStores.of(config.cache);
    const cache = store && { store, clock, lookups: cacheLookups, isOff: judges.isOff };
    return {
      egress,
      models: createModels({
        config,
        egress,
        own: judges.own,
        health,
        registry,
        tokens,
        guardrailActions,
        maxResponseBytes,
        cache,
        isVisible,
        isCounted: judges.isCounted,
      }),
    };
  };

  let built = build(judges.config());
  return {
    get models() {
      return built.models;
    },
    apply(config) {
      const { egress } = built;
      built = build(config);
      health.reconfigure(config);
      egress.close();
    },
    close: async () => {
      built.egress.close();
      await cacheStores.close();
    },
  };
}

/** Breakers that tell of each change. */
function createHealth(config: ModelsConfig, { meter, clock, logger }: Pick<Foundation, 'meter' | 'clock' | 'logger'>): DeploymentHealth {
  const changes = meter.counter('switchyard_model_breaker_changes_total', 'Deployments that began or ceased to be passed over, by target and state.');
  const health = createDeploymentHealth(config, clock, ({ target, state, reason }) => {
    changes.add({ target, state });
    if (state === 'open') logger.warn('model is passed over', { target, reason });
    else logger.info('model is asked again', { target });
  });
  meter.gauge('switchyard_model_breakers_open', 'Deployments that are passed over now.', () => health.list().filter(({ state }) => state !== 'closed').length);
  return health;
}
