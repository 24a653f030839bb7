import { describe, expect, test } from 'vitest';
import type { CompletionRequest } from '../../../../src/contracts/model-client.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { createLlmComplete } from '../../../../src/tools/llm/llm-complete.ts';
import { createLlmCountTokens } from '../../../../src/tools/llm/llm-count-tokens.ts';
import { createLlmEmbed } from '../../../../src/tools/llm/llm-embed.ts';
import { createLlmModels } from '../../../../src/tools/llm/llm-models.ts';
import { fixedModels } from '../../../helpers/fixed-models.ts';
import { road } from '../road.ts';

const TOOLS = [createLlmComplete(), createLlmCountTokens(), createLlmEmbed(), createLlmModels()];
const tools = (more: Parameters<typeof fixedModels>[1] = {}): ReturnType<typeof road> => road(TOOLS, { modelsOf: () => fixedModels('Hello world', more) });

describe('T10.a llm_complete', () => {
  test('answers with content, origin, usage, cost and the reason of its end', async () => {
    expect(await tools().data('llm_complete', { prompt: 'Say hello.' })).toEqual({
      content: 'Hello world',
      model: 'm-1',
      provider: 'scripted',
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      cost_micro_usd: 12,
      finish_reason: 'stop',
    });
  });

  test('hands on what it was asked, with 4096 tokens where nobody says', async () => {
    const asked: CompletionRequest[] = [];
    const { stream } = fixedModels();
    const made = tools({
      stream(request) {
        asked.push(request);
        return stream(request);
      },
    });
    await made.data('llm_complete', { prompt: 'a' });
    await made.data('llm_complete', { messages: [{ role: 'user', content: 'b' }], system: 's', model: 'fast', max_tokens: 5, temperature: 2, top_p: 0 });
    expect(asked).toEqual([
      { messages: [{ role: 'user', content: 'a' }], maxTokens: 4096 },
      { messages: [{ role: 'user', content: 'b' }], system: 's', model: 'fast', maxTokens: 5, temperature: 2, topP: 0 },
    ]);
  });

  test.each([
    [{}],
    [{ prompt: 'a', messages: [{ role: 'user', content: 'b' }] }],
    [{ prompt: 'a', temperature: 2.1 }],
    [{ prompt: 'a', top_p: 1.1 }],
    [{ prompt: 'a', max_tokens: 0 }],
    [{ prompt: '' }],
  ])('refuses %j', async (input) => {
    await expect(tools().data('llm_complete', input)).rejects.toThrow();
  });

  test('tells a failure of the provider with its fix', async () => {
    const failing = (): never => {
      throw new AppError('PROVIDER_NOT_CONFIGURED');
    };
    await expect(tools({ stream: failing }).data('llm_complete', { prompt: 'a' })).rejects.toThrow(/credential/);
  });
});

test('T10.b llm_embed, llm_count_tokens and llm_models answer what the port says, unknown as null', async () => {
  const made = tools();
  expect(await made.data('llm_embed', { input: ['a', 'b'] })).toMatchObject({
    embeddings: [
      [0.5, -0.5],
      [0.5, -0.5],
    ],
    dimensions: 2,
    cost_micro_usd: null,
  });
  expect(await made.data('llm_count_tokens', { prompt: 'a' })).toEqual({ input_tokens: 3, model: 'm-1', estimated: true });
  expect(await made.data('llm_models', { check: true })).toMatchObject({
    models: [
      { name: 'fast', usd_per_1m_input: 2.5, usd_per_1m_output: 10, price_is_estimated: false },
      { name: 'new', usd_per_1m_input: null, usd_per_1m_output: null, context_tokens: null },
    ],
    health: 'degraded',
  });
  expect(await made.data('llm_models', {})).not.toHaveProperty('health');
});
