/** @module app/orchestrator: the orchestrator, as the tools reach it. Loaded at its first use. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../contracts/config.ts';
import type { ModelPrice, ModelRegistry } from '../contracts/model-registry.ts';
import { targetsIn } from '../contracts/models-config.ts';
import type { Orchestrator } from '../contracts/orchestrator.ts';
import type { RoutingJournal } from '../contracts/routing-journal.ts';
import { createRoutingJournal } from '../models/orchestrator/journal.ts';
import { createOrchestrator } from '../models/orchestrator/orchestrator.ts';
import { createModelRegistry } from '../models/registry/model-registry.ts';
import { compileSchema } from '../schema/compile.ts';
import type { Foundation } from './foundation.ts';

/** Where the routing journal lies. */
export function routingJournalOf({ home, loaded, logger }: Pick<Foundation, 'home' | 'loaded' | 'logger'>): RoutingJournal {
  return createRoutingJournal({
    path: join(home.root, 'routing.jsonl'),
    maxBytes: loaded.config.orchestrator.journal.maxBytes,
    onProblem: (problem) => logger.warn('routing journal', { problem }),
  });
}

/** @param current the configuration in force; scores, tiers, the judge and prices are taken from it at each use */
export function createAppOrchestrator(foundation: Foundation, current: () => Config): Orchestrator {
  const { loaded, clock } = foundation;
  const { orchestrator } = loaded.config;
  const registryOf = (models: Config['models']): ModelRegistry => createModelRegistry({ overrides: models.prices, now: clock.now });
  let priced = { models: loaded.config.models, registry: registryOf(loaded.config.models) };
  return createOrchestrator({
    config: () => {
      const { complexity, tiers, judge } = current().orchestrator;
      return { ...orchestrator, complexity, tiers, judge };
    },
    priceOf(name) {
      const { models } = current();
      if (models !== priced.models) priced = { models, registry: registryOf(models) };
      return priceOf(name, models, priced.registry);
    },
    compile: compileSchema,
    journal: routingJournalOf(foundation),
    random: Math.random,
    newId: () => randomBytes(16).toString('hex'),
    now: clock.now,
  });
}

/** Of the first target of the name's chain. */
function priceOf(name: string, { aliases, providers }: Config['models'], registry: ModelRegistry): ModelPrice | null {
  const lister = Object.entries(providers).find(([, { models }]) => models.includes(name))?.[0];
  const target = targetsIn((Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? [])[0] ?? (lister === undefined ? name : `${lister}/${name}`);
  const cut = target.indexOf('/');
  return cut === -1 ? null : (registry.find(target.slice(0, cut), target.slice(cut + 1))?.price ?? null);
}
