/** @module tools/llm/llm-embed: vectors of texts. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { originFields, USAGE } from './fields.ts';

const MAX_TEXTS = 256;

interface EmbedInput {
  readonly input: string | readonly string[];
  readonly model?: string;
}

/** Vectors in the order of the texts. */
export function createLlmEmbed(): ToolDefinition {
  return defineTool<EmbedInput>({
    name: 'llm_embed',
    title: 'Embed texts',
    description: `Turns a text, or up to ${MAX_TEXTS} texts, into vectors of an embedding model.`,
    input: {
      type: 'object',
      properties: {
        input: {
          anyOf: [
            { type: 'string', minLength: 1 },
            { type: 'array', minItems: 1, maxItems: MAX_TEXTS, items: { type: 'string', minLength: 1 } },
          ],
          description: 'A text, or a list of texts.',
        },
        model: { type: 'string', minLength: 1, maxLength: 256, description: 'A name that llm_models lists, or provider/model. Default: the alias embedding.' },
      },
      required: ['input'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        embeddings: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
        dimensions: { type: 'integer' },
        model: { type: 'string' },
        provider: { type: 'string' },
        usage: USAGE,
        cost_micro_usd: { type: ['integer', 'null'] },
      },
      required: ['embeddings', 'dimensions', 'model', 'provider', 'usage', 'cost_micro_usd'],
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    metadata: { runtime: 'main', category: 'models', timeoutSeconds: 120, ioIntensive: true },
    inProcess: 'Sends a text to a model by the guarded dialer; needs keys that no sandbox may hold.',
    scopes: ['models:use'],
    handler: async ({ input, model }, { models }) => {
      const result = await models.embed({ input: typeof input === 'string' ? [input] : input, model });
      return { embeddings: result.embeddings, dimensions: result.embeddings[0]?.length ?? 0, ...originFields(result) };
    },
  });
}
