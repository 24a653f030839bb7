/** @module models/providers/anthropic/provider: Anthropic's messages. */
import type { Egress } from '../../../contracts/egress.ts';
import type { ModelProvider } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn, readObject } from '../../wire/json.ts';
import { postJson } from '../../wire/post-json.ts';
import { replaceMember } from '../../wire/members.ts';

/** Where the vendor itself is reached. */
export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com';
/** Sent where the client names no version. */
const DEFAULT_VERSION = '2023-06-01';

/** A provider of kind `anthropic`. */
export function createAnthropicProvider(name: string, { kind, baseUrl, apiKey }: ProviderConfig, egress: Egress): ModelProvider {
  const url = `${(baseUrl ?? ANTHROPIC_BASE_URL).replace(/\/+$/, '')}/v1/messages`;
  return {
    name,
    kind,
    missing: apiKey === null ? `Set models.providers.${name}.apiKey.` : undefined,
    isSimulated: false,
    dialects: (operation) => (operation === 'generate' ? ['anthropic-messages'] : []),
    send: (request) =>
      postJson(egress, url, request, {
        headers: { 'anthropic-version': DEFAULT_VERSION, ...request.headers, 'x-api-key': apiKey ?? '' },
        body: replaceMember(request.body, 'model', request.model),
      }),
    classify: (status, headers, body) => classifyFailure({ status, headers, error: objectIn(readObject(body), 'error') }),
    listModels: () => Promise.resolve([]),
  };
}
