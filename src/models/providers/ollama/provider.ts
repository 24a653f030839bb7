/** @module models/providers/ollama/provider: models on one's own machine, by Ollama's OpenAI-compatible API. */
import type { ModelProvider } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { bearer, createHttpProvider, dialectsBy, whatIsMissing } from '../http-provider.ts';
import { bodyOf, pathOf } from '../openai-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf, spellingsOf } from './address.ts';

/** Kind `ollama`. Needs no key; one is sent where there is a proxy in front that wants it. @see https://docs.ollama.com/api */
export const ollama: ProviderModule = {
  baseUrls: (config) => [baseOf(config)],
  create(name, config, { egress }) {
    const base = baseOf(config);
    const provider = createHttpProvider(
      {
        name,
        kind: config.kind,
        missing: whatIsMissing(name, config, []),
        dialects: dialectsBy({ generate: ['openai-chat'], embed: ['openai-embeddings'] }),
        spellings: spellingsOf,
        urlOf: (request) => `${base}/v1${pathOf(request)}`,
        credential: bearer(config.apiKey),
        bodyOf,
        // `/v1/models` names them too; only the own list is there in every version.
        list: { url: `${base}/api/tags`, namesOf: tagsOf },
      },
      egress,
    );
    return config.isImplied === true ? whenThere(provider, base) : provider;
  },
};

/** Nobody said that it runs here: where nothing answers, it is not configured rather than broken. */
function whenThere(provider: ModelProvider, base: string): ModelProvider {
  const explain = (thrown: unknown): never => {
    if (!AppError.is(thrown) || thrown.code !== 'PROVIDER_UNREACHABLE') throw thrown;
    const fix = 'Start Ollama, or set the key of another provider, such as the environment variable ANTHROPIC_API_KEY, and restart.';
    throw new AppError('PROVIDER_NOT_CONFIGURED', { message: `Nothing answers at ${base}, where Ollama would be.`, fix, cause: thrown });
  };
  return {
    ...provider,
    send: async (request) => await provider.send(request).catch(explain),
    listModels: async (scope) => await provider.listModels(scope).catch(explain),
  };
}

function tagsOf({ models }: JsonObject): readonly unknown[] | undefined {
  return Array.isArray(models) ? models.map((model: unknown) => (isObject(model) ? model['name'] : undefined)) : undefined;
}
