/** @module models/providers/ollama/provider: models on one's own machine, by Ollama's OpenAI-compatible API. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { bearer, createHttpProvider, dialectsBy, whatIsMissing } from '../http-provider.ts';
import { bodyOf, pathOf } from '../openai-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf } from './address.ts';

/** Kind `ollama`. Needs no key; one is sent where there is a proxy in front that wants it. @see https://docs.ollama.com/api */
export const ollama: ProviderModule = {
  baseUrls: (config) => [baseOf(config)],
  create(name, config, { egress }) {
    const base = baseOf(config);
    return createHttpProvider(
      {
        name,
        kind: config.kind,
        missing: whatIsMissing(name, config, []),
        dialects: dialectsBy({ generate: ['openai-chat'], embed: ['openai-embeddings'] }),
        urlOf: (request) => `${base}/v1${pathOf(request)}`,
        credential: bearer(config.apiKey),
        bodyOf,
        // `/v1/models` names them too; only the own list is there in every version.
        list: { url: `${base}/api/tags`, namesOf: tagsOf },
      },
      egress,
    );
  },
};

function tagsOf({ models }: JsonObject): readonly unknown[] | undefined {
  return Array.isArray(models) ? models.map((model: unknown) => (isObject(model) ? model['name'] : undefined)) : undefined;
}
