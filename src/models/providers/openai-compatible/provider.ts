/**
 * @module models/providers/openai-compatible/provider: everything else that speaks OpenAI's chat and
 * embeddings. Not its responses: few servers have them whole, and none says so beforehand.
 */
import { bearer, createHttpProvider, dialectsBy, idsOf, whatIsMissing } from '../http-provider.ts';
import { bodyOf, pathOf } from '../openai-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf } from './address.ts';

/** Kind `openai-compatible`. Works without a key; a key that was meant to be there is missing all the same. */
export const openAiCompatible: ProviderModule = {
  baseUrls: (config) => [baseOf(config) ?? []].flat(),
  create(name, config, { egress }) {
    const base = baseOf(config);
    return createHttpProvider(
      {
        name,
        kind: config.kind,
        missing: whatIsMissing(name, config, ['baseUrl']),
        dialects: dialectsBy({ generate: ['openai-chat'], embed: ['openai-embeddings'] }),
        urlOf: (request) => `${base}${pathOf(request)}`,
        credential: bearer(config.apiKey),
        bodyOf,
        list: { url: `${base}/models`, namesOf: idsOf },
      },
      egress,
    );
  },
};
