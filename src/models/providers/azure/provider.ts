/** @module models/providers/azure/provider: OpenAI's formats at Azure; a model's name is its deployment. */
import { createHttpProvider, dialectsBy, idsOf, whatIsMissing } from '../http-provider.ts';
import { bodyOf, pathOf } from '../openai-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { listUrlOf, resourceOf, urlOf } from './address.ts';

/** Kind `azure`. Tokens are not counted there: its API has no such path that every version knows. */
export const azure: ProviderModule = {
  baseUrls: (config) => [resourceOf(config) ?? []].flat(),
  create(name, config, { egress }) {
    const resource = resourceOf(config) ?? '';
    const { apiKey, apiVersion, kind } = config;
    return createHttpProvider(
      {
        name,
        kind,
        missing: whatIsMissing(name, config, ['baseUrl', 'apiKey']),
        dialects: dialectsBy({ generate: ['openai-chat', 'openai-responses'], embed: ['openai-embeddings'] }),
        urlOf: (request) => urlOf(resource, apiVersion, request.model, pathOf(request)),
        credential: apiKey === null ? {} : { 'api-key': apiKey },
        bodyOf,
        list: { url: listUrlOf(resource, apiVersion), namesOf: idsOf },
      },
      egress,
    );
  },
};
