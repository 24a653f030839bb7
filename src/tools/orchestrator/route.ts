/** @module tools/orchestrator/route: which model a task should go to. */
import type { RouteDecision, TaskContext } from '../../contracts/orchestrator.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { CONTEXT, FACTORS, NUMBER_OR_NULL, SHARE, TASK, TEXT, type OrchestratorPort } from './fields.ts';

interface RouteInput {
  readonly task: string;
  readonly context?: TaskContext;
}

/** Counts and compares; asks no model and costs nothing. */
export function createOrchestratorRoute(orchestrator: OrchestratorPort): ToolDefinition {
  return defineTool<RouteInput, RouteDecision>({
    name: 'orchestrator_route',
    title: 'Choose a model for a task',
    description: 'Scores how hard a task is and names the cheapest model that should do it, with the reason and its price. Executes nothing.',
    input: { type: 'object', properties: { task: TASK, context: CONTEXT }, required: ['task'], additionalProperties: false },
    output: {
      type: 'object',
      properties: {
        model: TEXT,
        tier: TEXT,
        complexity_score: { type: 'number' },
        complexity_factors: FACTORS,
        reason: TEXT,
        confidence: SHARE,
        estimated_cost: {
          type: 'object',
          properties: { model: TEXT, cost_per_1m_input: NUMBER_OR_NULL, cost_per_1m_output: NUMBER_OR_NULL },
          required: ['model', 'cost_per_1m_input', 'cost_per_1m_output'],
        },
      },
      required: ['model', 'tier', 'complexity_score', 'complexity_factors', 'reason', 'confidence', 'estimated_cost'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'orchestrator', timeoutSeconds: 10 },
    inProcess: 'Scores a text by counting and comparing; runs nothing.',
    scopes: ['models:use'],
    handler: async ({ task, context }) => (await orchestrator()).route(task, context),
  });
}
