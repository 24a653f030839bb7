/** @module models/providers/anthropic/provider: Anthropic: messages, and its count of their tokens. */
import type { ProviderRequest } from '../../../contracts/model.ts';
import { createHttpProvider, dialectsBy, idsOf, whatIsMissing } from '../http-provider.ts';
import { editMembers, replaceMember } from '../../wire/members.ts';
import type { ProviderModule } from '../provider-module.ts';
import { baseOf, listUrlOf, nextListUrlOf, urlOf } from './address.ts';

/** Sent where the client names no version. */
const DEFAULT_VERSION = '2023-06-01';
/** Members that messages take and their count does not: they do not change the input. */
export const NOT_COUNTED: Readonly<Record<string, undefined>> = {
  max_tokens: undefined,
  metadata: undefined,
  service_tier: undefined,
  stop_sequences: undefined,
  stream: undefined,
  temperature: undefined,
  top_k: undefined,
  top_p: undefined,
};

/** Kind `anthropic`. @see https://docs.anthropic.com/en/api */
export const anthropic: ProviderModule = {
  baseUrls: (config) => [baseOf(config)],
  create(name, config, { egress }) {
    const base = baseOf(config);
    const { apiKey, kind } = config;
    return createHttpProvider(
      {
        name,
        kind,
        missing: whatIsMissing(name, config, ['apiKey']),
        dialects: dialectsBy({ generate: ['anthropic-messages'], count: ['anthropic-messages'] }),
        urlOf: ({ operation }) => urlOf(base, operation),
        defaultHeaders: { 'anthropic-version': DEFAULT_VERSION },
        credential: apiKey === null ? {} : { 'x-api-key': apiKey },
        bodyOf,
        list: { url: listUrlOf(base), namesOf: idsOf, nextOf: (page) => nextListUrlOf(base, page) },
      },
      egress,
    );
  },
};

function bodyOf({ operation, model, body }: ProviderRequest): Uint8Array {
  const named = replaceMember(body, 'model', model);
  return operation === 'count' ? editMembers(named, NOT_COUNTED) : named;
}
