/** @module tools/llm/llm-models: the models one may use, and how their providers are. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { JsonObject } from '../../core/json.ts';
import { defineTool } from '../define-tool.ts';

const TEXT: JsonObject = { type: 'string' };
const COUNT_OR_NULL: JsonObject = { type: ['integer', 'null'] };

/** Names with their targets, windows and prices; with `check`, also what every configured provider answers now. */
export function createLlmModels(): ToolDefinition {
  return defineTool<{ readonly check: boolean }>({
    name: 'llm_models',
    title: 'List models',
    description:
      'The models you may use, what they lead to, context windows and prices (USD per million tokens). With check, asks every configured provider how it is.',
    input: {
      type: 'object',
      properties: { check: { type: 'boolean', default: false, description: 'Ask every configured provider.' } },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        models: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: TEXT,
              targets: { type: 'array', items: TEXT },
              kind: { type: ['string', 'null'] },
              context_tokens: COUNT_OR_NULL,
              usd_per_1m_input: { type: ['number', 'null'] },
              usd_per_1m_output: { type: ['number', 'null'] },
              price_is_estimated: { type: 'boolean' },
            },
            required: ['name', 'targets', 'kind', 'context_tokens', 'usd_per_1m_input', 'usd_per_1m_output'],
          },
        },
        health: { enum: ['healthy', 'degraded', 'no_providers'] },
        providers: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: TEXT, kind: TEXT, state: { enum: ['up', 'down', 'not_configured'] }, detail: TEXT, latency_ms: COUNT_OR_NULL },
            required: ['name', 'kind', 'state', 'detail', 'latency_ms'],
          },
        },
      },
      required: ['models'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
    metadata: { runtime: 'main', category: 'models', timeoutSeconds: 30 },
    inProcess: 'Tells what the configuration names and the providers list.',
    scopes: ['models:use'],
    handler: async ({ check }, context) => {
      const models = (await context.models.list()).map(({ name, targets, kind, contextTokens, price }) => ({
        name,
        targets,
        kind,
        context_tokens: contextTokens,
        usd_per_1m_input: price && price.input / 1_000_000,
        usd_per_1m_output: price && price.output / 1_000_000,
        ...(price ? { price_is_estimated: price.isEstimated } : {}),
      }));
      if (!check) return { models };
      const { status, providers } = await context.models.health();
      return { models, health: status, providers: providers.map(({ latencyMs, ...provider }) => ({ ...provider, latency_ms: latencyMs })) };
    },
  });
}
