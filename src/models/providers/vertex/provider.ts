/** @module models/providers/vertex/provider: Vertex AI: Gemini, Claude and embeddings in Google's cloud. */
import type { ModelDialect, ModelOperation, ProviderRequest } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { AppError } from '../../../core/errors.ts';
import { createHttpProvider, whatIsMissing, type HttpTraits } from '../http-provider.ts';
import { googleFailure, nextPageOf, resourceNamesIn, verbOf } from '../google-wire.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf, isTextEmbedding, listUrlOf, publishedModel, spellingsOf, urlOf } from './address.ts';
import { bodyOf } from './body.ts';
import { findCredentials, type FoundCredentials } from './credentials.ts';
import { createTokenSource, type TokenSource } from './token.ts';

const COUNT_OF_CLAUDE = { publisher: 'anthropic', name: 'count-tokens' } as const;

/** Kind `vertex`. @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference */
export const vertex: ProviderModule = {
  baseUrls(config, env) {
    const base = baseOf(config);
    const found = findCredentials(config.credentialsFile, env);
    return base === undefined || 'problem' in found ? [] : [base, found.credentials.tokenUrl];
  },
  create(name, config, { egress, env = process.env }) {
    const base = baseOf(config) ?? '';
    const found = findCredentials(config.credentialsFile, env);
    const tokens = 'problem' in found ? undefined : createTokenSource(found.credentials, { egress, now: Date.now });
    const { kind } = config;
    const list = listUrlOf(base);
    const http = createHttpProvider(
      {
        name,
        kind,
        missing: missingOf(name, config, found),
        dialects: dialectsOf,
        spellings: spellingsOf,
        urlOf: (request) => urlFor(base, config, request),
        credential: credentialOf(config, found, tokens),
        bodyOf,
        list: { url: list, namesOf: (page) => resourceNamesIn(page, 'publisherModels'), nextOf: (page) => nextPageOf(list, page) },
        failureOf: googleFailure,
        answerOf(response) {
          if (response.status === 401) tokens?.forget();
          return response;
        },
      },
      egress,
    );
    return {
      ...http,
      async send(request) {
        if (request.operation !== 'embed') return await http.send(request);
        const { embed } = await import('./embed.ts');
        return await embed(request, http.send);
      },
    };
  },
};

function missingOf(name: string, config: ProviderConfig, found: FoundCredentials): string | undefined {
  const missing = whatIsMissing(name, config, ['project', 'region']);
  if (missing !== undefined) return missing;
  const place = `models.providers.${name}`;
  if (baseOf(config) === undefined) return `Set ${place}.region to the name of a region, such as europe-west4 or global, not ${config.region}.`;
  return 'problem' in found ? `${found.problem} Correct ${place}.credentialsFile.` : undefined;
}

function dialectsOf(operation: ModelOperation, model: string): readonly ModelDialect[] {
  const { publisher } = publishedModel(model);
  if (operation === 'embed') return isTextEmbedding(model) ? ['openai-embeddings'] : [];
  if (publisher === 'anthropic') return ['anthropic-messages'];
  return publisher === 'google' ? ['gemini'] : [];
}

function urlFor(base: string, config: ProviderConfig, request: ProviderRequest): string {
  const { operation, dialect, isStream, model } = request;
  if (operation === 'embed') return urlOf(base, config, publishedModel(model), ':predict');
  if (dialect !== 'anthropic-messages') return urlOf(base, config, publishedModel(model), verbOf(request));
  if (operation === 'count') return urlOf(base, config, COUNT_OF_CLAUDE, ':rawPredict');
  return urlOf(base, config, publishedModel(model), isStream ? ':streamRawPredict' : ':rawPredict');
}

/** A person's own credentials belong to no project: the one that pays has to be said. */
function credentialOf({ project }: ProviderConfig, found: FoundCredentials, tokens: TokenSource | undefined): HttpTraits['credential'] {
  const payer = !('problem' in found) && found.credentials.type === 'authorized_user' && project !== null ? { 'x-goog-user-project': project } : {};
  return async ({ scope }) => {
    if (!tokens) throw new AppError('PROVIDER_NOT_CONFIGURED');
    return { ...payer, authorization: `Bearer ${await tokens.token(scope)}` };
  };
}
