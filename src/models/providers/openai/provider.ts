/** @module models/providers/openai/provider: OpenAI: chat, responses, embeddings, and its count of input tokens. */
import { bearer, createHttpProvider, dialectsBy, idsOf, whatIsMissing } from '../http-provider.ts';
import { bodyOf, pathOf } from '../openai-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf } from './address.ts';

/** Kind `openai`. @see https://platform.openai.com/docs/api-reference */
export const openAi: ProviderModule = {
  baseUrls: (config) => [baseOf(config)],
  create(name, config, { egress }) {
    const base = baseOf(config);
    return createHttpProvider(
      {
        name,
        kind: config.kind,
        missing: whatIsMissing(name, config, ['apiKey']),
        dialects: dialectsBy({ generate: ['openai-chat', 'openai-responses'], embed: ['openai-embeddings'], count: ['openai-responses'] }),
        urlOf: (request) => `${base}${pathOf(request)}`,
        credential: bearer(config.apiKey),
        bodyOf,
        list: { url: `${base}/models`, namesOf: idsOf },
      },
      egress,
    );
  },
};
