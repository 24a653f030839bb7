/** @module models/providers/anthropic/provider: Anthropic's messages. */
import type { ModelProvider } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn, readObject } from '../../wire/json.ts';
import { createAnthropicReader, readAnthropicAnswer } from './reader.ts';

/** Where the vendor itself is reached. */
export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com';
/** Sent where the client names no version. */
const DEFAULT_VERSION = '2023-06-01';

/** A provider of kind `anthropic`. */
export function createAnthropicProvider(name: string, { baseUrl, apiKey }: ProviderConfig): ModelProvider {
  return {
    name,
    dialect: 'anthropic-messages',
    missing: apiKey === null ? `Set models.providers.${name}.apiKey.` : undefined,
    url: `${(baseUrl ?? ANTHROPIC_BASE_URL).replace(/\/+$/, '')}/v1/messages`,
    headers: (sent) => ({ 'anthropic-version': DEFAULT_VERSION, ...sent, 'x-api-key': apiKey ?? '' }),
    createReader: createAnthropicReader,
    readAnswer: readAnthropicAnswer,
    classify: (status, headers, body) => classifyFailure({ status, headers, error: objectIn(readObject(body), 'error') }),
  };
}
