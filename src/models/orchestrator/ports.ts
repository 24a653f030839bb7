/** @module models/orchestrator/ports: what the orchestrator is given by the composition root. */
import type { OrchestratorConfig } from '../../contracts/config.ts';
import type { ModelPrice } from '../../contracts/model-registry.ts';
import type { CheckRunner } from '../../contracts/orchestrator.ts';
import type { RoutingJournal } from '../../contracts/routing-journal.ts';
import type { Validate } from '../../contracts/target.ts';

/** Everything but the models, which come with each call. */
export interface OrchestratorPorts {
  /** The one in force; asked at each use. */
  readonly config: () => OrchestratorConfig;
  /** Price of a model by the name that a tier or a caller uses; null = not known. */
  readonly priceOf: (model: string) => ModelPrice | null;
  /** @throws AppError DEFINITION_INVALID */
  readonly compile: (schema: unknown) => Validate;
  /** Absent = code is not run here. */
  readonly checkRunner?: CheckRunner | undefined;
  readonly journal: RoutingJournal;
  /** From 0 to 1. */
  readonly random: () => number;
  /** New, not guessable. */
  readonly newId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
