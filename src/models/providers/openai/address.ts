/** @module models/providers/openai/address: where OpenAI is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';

/** Where the vendor itself is reached. */
export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** The base with its version: `…/v1`. */
export function baseOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string {
  return trimBase(baseUrl ?? OPENAI_BASE_URL);
}
