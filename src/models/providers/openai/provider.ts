/** @module models/providers/openai/provider: OpenAI's chat completions, and servers that speak the same. */
import type { ModelProvider } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn, readObject } from '../../wire/json.ts';
import { createOpenAiReader, readOpenAiAnswer } from './reader.ts';

/** Where the vendor itself is reached. */
export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** A provider of kind `openai` or `openai-compatible`; only the former cannot do without a key. */
export function createOpenAiProvider(name: string, { kind, baseUrl, apiKey }: ProviderConfig): ModelProvider {
  return {
    name,
    dialect: 'openai-chat',
    missing: kind === 'openai' && apiKey === null ? `Set models.providers.${name}.apiKey.` : undefined,
    url: `${(baseUrl ?? OPENAI_BASE_URL).replace(/\/+$/, '')}/chat/completions`,
    headers: (sent) => ({ ...sent, ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) }),
    createReader: createOpenAiReader,
    readAnswer: readOpenAiAnswer,
    classify: (status, headers, body) => classifyFailure({ status, headers, error: objectIn(readObject(body), 'error') }),
  };
}
