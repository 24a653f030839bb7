/** @module app/models: models, the door to them and their way out. Loaded only where a provider is configured. */
import type { Target, TargetKind } from '../contracts/target.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { CallRunner } from '../contracts/call.ts';
import type { HttpMount } from '../contracts/http.ts';
import type { Policy } from '../contracts/policy.ts';
import type { ClientDirectory } from '../contracts/principal.ts';
import { createModelsDoor } from '../doors/models-api/models-door.ts';
import { createEgress } from '../egress/dialer.ts';
import { baseUrlsOf, createModels } from '../models/models.ts';
import type { Foundation } from './foundation.ts';

/** Models as the rest of the app sees them. */
export interface ModelTargets {
  resolve(kind: TargetKind, name: string): Target | undefined;
  status(): readonly ComponentStatus[];
  /** The model API on the HTTP listener. */
  createDoor(runner: CallRunner, clients: ClientDirectory): HttpMount;
  /** Ends idle connections to providers. */
  close(): void;
}

/**
 * Builds the models of the configuration; contacts nobody.
 *
 * @param policy the one in force; asked at each use
 */
export function createModelTargets({ loaded, meter, logger }: Foundation, policy: () => Policy): ModelTargets {
  const { models: config, limits } = loaded.config;
  const egress = createEgress(baseUrlsOf(config));
  const tokens = meter.counter('switchyard_model_tokens_total', 'Tokens as providers report them, by provider and direction.');
  const models = createModels({
    config,
    egress,
    tokens,
    maxResponseBytes: limits.maxResponseBytes,
    isVisible: (principal, target) => policy().isVisible(principal, target),
  });
  return {
    resolve(kind, name) {
      if (kind === 'model') return models.resolve(name);
      return kind === 'catalog' && name === models.list.name ? models.list : undefined;
    },
    status: () => models.status(),
    createDoor: (runner, clients) => createModelsDoor({ runner, clients, logger, maxBodyBytes: limits.maxBodyBytes }),
    close: () => egress.close(),
  };
}
