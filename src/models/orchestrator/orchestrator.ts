/** @module models/orchestrator/orchestrator: routing, executing, judging and running tasks on models. */
import type { ModelPrice } from '../../contracts/model-registry.ts';
import type { ComplexityFactors, Orchestrator, RouteDecision, TaskContext } from '../../contracts/orchestrator.ts';
import type { TierConfig } from '../../contracts/orchestrator-config.ts';
import { AppError } from '../../core/errors.ts';
import { scoreComplexity, tierIndexOf } from '../complexity.ts';
import { createConversations } from './conversations.ts';
import { execute } from './execute.ts';
import type { OrchestratorPorts } from './ports.ts';
import { runCascade } from './run.ts';
import { validate } from './validate.ts';

/** Conversations live as long as what is returned. */
export function createOrchestrator(ports: OrchestratorPorts): Orchestrator {
  const conversations = createConversations(ports.config().run.maxConversations);
  return {
    route: (task, context = {}) => route(task, context, ports),
    execute: (models, request) => execute(models, request, ports),
    validate: (models, request, checkRunner = ports.checkRunner) => validate(models, request, { ...ports, checkRunner }),
    run: (models, request, onDecision, checkRunner = ports.checkRunner) => runCascade(models, request, conversations, { ...ports, checkRunner }, onDecision),
  };
}

function route(task: string, context: TaskContext, { config, priceOf }: OrchestratorPorts): RouteDecision {
  const { complexity, tiers } = config();
  const { score, factors, confidence } = scoreComplexity(task, context, complexity);
  const tier = tiers[tierIndexOf(score, tiers)];
  if (!tier) throw new AppError('INTERNAL');
  const price = priceOf(tier.model);
  return {
    model: tier.model,
    tier: tier.name,
    complexity_score: score,
    complexity_factors: factors,
    reason: describe(score, factors, tier),
    confidence,
    estimated_cost: { model: tier.model, cost_per_1m_input: toUsd(price, 'input'), cost_per_1m_output: toUsd(price, 'output') },
  };
}

function toUsd(price: ModelPrice | null, side: 'input' | 'output'): number | null {
  return price === null ? null : price[side] / 1_000_000;
}

function describe(score: number, factors: ComplexityFactors, { name, below }: TierConfig): string {
  const parts = Object.entries(factors)
    .filter(([, value]) => value > 0)
    .map(([factor, value]) => `${factor.replaceAll('_', ' ')} ${value}`);
  return `Score ${score} (${parts.join(', ')}): ${below === null ? 'above every other tier' : `below ${below}`}, so tier ${name}.`;
}
