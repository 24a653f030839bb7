/** @module app/model-gateway: builds models and their way out. Loaded at the first call of a model. */
import type { ModelsConfig } from '../contracts/models-config.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import { createEgress } from '../egress/dialer.ts';
import { createDeploymentHealth, type DeploymentHealth } from '../models/deployment-health.ts';
import { createModels, type Models } from '../models/models.ts';
import { createModelRegistry } from '../models/registry/model-registry.ts';
import { baseUrlsOf } from '../models/providers/create-provider.ts';
import type { Foundation } from './foundation.ts';

/** The models of one configuration, with what they hold. */
export interface ModelGateway {
  readonly models: Models;
  /** Ends idle connections to providers. */
  close(): void;
}

/** Who decides about callers; asked at each use. */
export interface ModelJudges {
  /** The one in force. */
  readonly policy: () => Policy;
  /** Whether a budget counts what the caller uses. */
  readonly isCounted: (principal: Principal) => boolean;
}

/** Contacts nobody. */
export function createModelGateway({ loaded, meter, clock, logger }: Foundation, { policy, isCounted }: ModelJudges): ModelGateway {
  const { models: config, limits } = loaded.config;
  const egress = createEgress(baseUrlsOf(config));
  const models = createModels({
    config,
    egress,
    health: createHealth(config, { meter, clock, logger }),
    registry: createModelRegistry({ overrides: config.prices, now: clock.now }),
    isCounted,
    tokens: meter.counter('switchyard_model_tokens_total', 'Tokens as providers report them, by provider and direction.'),
    maxResponseBytes: limits.maxResponseBytes,
    isVisible: (principal, target) => policy().isVisible(principal, target),
  });
  return { models, close: () => egress.close() };
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
