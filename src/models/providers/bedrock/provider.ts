/** @module models/providers/bedrock/provider: Amazon Bedrock: Anthropic's messages for its models, embeddings, Converse for all others. */
import type { ModelDialect, ModelOperation, ModelProvider, ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { bearer, createHttpProvider, whatIsMissing, type HttpTraits } from '../http-provider.ts';
import type { ProviderModule } from '../provider-module.ts';
import { basesOf, isAnthropic, isEmbedding, listUrlOf, urlOf, type BedrockAction, type BedrockBases } from './address.ts';
import { bodyOf, toAnthropicCount } from './body.ts';
import { toServerSentEvents } from './event-stream.ts';
import { awsFailure } from './failure.ts';
import { signRequest } from './sigv4.ts';

const NOWHERE: BedrockBases = { runtime: '', control: '' };

/** Kind `bedrock`. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html */
export const bedrock: ProviderModule = {
  baseUrls(config) {
    const bases = basesOf(config);
    return bases === undefined ? [] : [bases.runtime, bases.control];
  },
  create(name, config, { egress }) {
    const bases = basesOf(config);
    const { kind, region } = config;
    const isByKey = config.apiKey !== null || config.missingVariables?.some(({ field }) => field === 'apiKey') === true;
    const missing = whatIsMissing(name, config, isByKey ? ['region', 'apiKey'] : ['region', 'accessKeyId', 'secretAccessKey']);
    const provider = createHttpProvider(
      {
        name,
        kind,
        missing:
          missing ?? (bases === undefined ? `Set models.providers.${name}.region to the name of a region, such as eu-central-1, not ${region}.` : undefined),
        dialects: dialectsOf,
        urlOf: (request) => urlOf(bases ?? NOWHERE, request.model, actionOf(request)),
        credential: credentialOf(config),
        bodyOf,
        list: { url: listUrlOf(bases ?? NOWHERE), namesOf },
        failureOf: awsFailure,
        answerOf,
      },
      egress,
    );
    return { ...provider, send: (request) => (request.operation === 'embed' ? embed(provider.send, request) : provider.send(request)) };
  },
};

async function embed(send: ModelProvider['send'], request: ProviderRequest): Promise<ProviderResponse> {
  const { sendEmbedding } = await import('./embed.ts');
  return await sendEmbedding(send, request);
}

function dialectsOf(operation: ModelOperation, model: string): readonly ModelDialect[] {
  if (isEmbedding(model)) return operation === 'embed' ? ['openai-embeddings'] : [];
  if (operation === 'embed') return [];
  if (isAnthropic(model)) return ['anthropic-messages'];
  return operation === 'generate' ? ['bedrock-converse'] : [];
}

function actionOf({ operation, dialect, isStream }: ProviderRequest): BedrockAction {
  if (operation === 'count') return 'count-tokens';
  if (dialect === 'bedrock-converse') return isStream ? 'converse-stream' : 'converse';
  return isStream ? 'invoke-with-response-stream' : 'invoke';
}

/** A key of Bedrock is a bearer; a pair of keys signs each request. */
function credentialOf({ apiKey, accessKeyId, secretAccessKey, sessionToken, region }: ProviderConfig): HttpTraits['credential'] {
  if (apiKey !== null) return bearer(apiKey);
  if (accessKeyId === null || secretAccessKey === null || region === null) return {};
  return ({ method, url, body }) =>
    signRequest({ accessKeyId, secretAccessKey, sessionToken }, { method, url, body, region, service: 'bedrock', atMs: Date.now() });
}

function answerOf(response: ProviderResponse, { operation, dialect, isStream }: ProviderRequest): ProviderResponse {
  if (operation === 'count') return toAnthropicCount(response);
  return isStream ? toServerSentEvents(response, dialect) : response;
}

function namesOf({ modelSummaries }: JsonObject): readonly unknown[] | undefined {
  return Array.isArray(modelSummaries) ? modelSummaries.map((model: unknown) => (isObject(model) ? model['modelId'] : undefined)) : undefined;
}
