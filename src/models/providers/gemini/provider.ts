/** @module models/providers/gemini/provider: Gemini by Google's API for developers: generate, embed, count. */
import type { ProviderRequest } from '../../../contracts/model.ts';
import { createHttpProvider, dialectsBy, whatIsMissing } from '../http-provider.ts';
import { googleFailure, nextPageOf, resourceNamesIn, verbOf } from '../google-wire.ts';
import { assertUnique } from '../../wire/members.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf, listUrlOf, resourceOf, spellingsOf, urlOf } from './address.ts';
import { countBodyOf, embedBodyOf, isBatch } from './body.ts';

/** Kind `gemini`. Its bodies name neither model nor stream: both are in the URL. @see https://ai.google.dev/api */
export const gemini: ProviderModule = {
  baseUrls: (config) => [baseOf(config)],
  create(name, config, { egress }) {
    const base = baseOf(config);
    const list = listUrlOf(base);
    const { apiKey, kind } = config;
    return createHttpProvider(
      {
        name,
        kind,
        missing: whatIsMissing(name, config, ['apiKey']),
        dialects: dialectsBy({ generate: ['gemini'], embed: ['gemini-embeddings'], count: ['gemini'] }),
        spellings: spellingsOf,
        urlOf: (request) => urlOf(base, request.model, pathEndOf(request)),
        credential: apiKey === null ? {} : { 'x-goog-api-key': apiKey },
        bodyOf,
        list: { url: list, namesOf: (page) => resourceNamesIn(page, 'models'), nextOf: (page) => nextPageOf(list, page) },
        failureOf: googleFailure,
      },
      egress,
    );
  },
};

function pathEndOf(request: ProviderRequest): string {
  if (request.operation !== 'embed') return verbOf(request);
  return isBatch(request.body) ? ':batchEmbedContents' : ':embedContent';
}

function bodyOf({ operation, model, body }: ProviderRequest): Uint8Array {
  if (operation === 'generate') return assertUnique(body);
  return operation === 'embed' ? embedBodyOf(body, resourceOf(model)) : countBodyOf(body, resourceOf(model));
}
