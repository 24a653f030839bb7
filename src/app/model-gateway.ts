/** @module app/model-gateway: builds models and their way out. Loaded at the first call of a model. */
import type { ModelRegistry } from '../contracts/model-registry.ts';
import type { Policy } from '../contracts/policy.ts';
import { createEgress } from '../egress/dialer.ts';
import { createModels, type Models } from '../models/models.ts';
import { baseUrlsOf } from '../models/providers/create-provider.ts';
import type { Foundation } from './foundation.ts';

/** The models of one configuration, with what they hold. */
export interface ModelGateway {
  readonly models: Models;
  /** Ends idle connections to providers. */
  close(): void;
}

const registry: ModelRegistry = { find: () => undefined, list: () => [] };

/**
 * Contacts nobody.
 *
 * @param policy the one in force; asked at each use
 */
export function createModelGateway({ loaded, meter }: Foundation, policy: () => Policy): ModelGateway {
  const { models: config, limits } = loaded.config;
  const egress = createEgress(baseUrlsOf(config));
  const models = createModels({
    config,
    egress,
    registry,
    tokens: meter.counter('switchyard_model_tokens_total', 'Tokens as providers report them, by provider and direction.'),
    maxResponseBytes: limits.maxResponseBytes,
    isVisible: (principal, target) => policy().isVisible(principal, target),
  });
  return { models, close: () => egress.close() };
}
