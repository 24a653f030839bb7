/** @module models/providers/openai-compatible/address: where a server that speaks OpenAI's formats is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';

/** The base with its version, such as `http://127.0.0.1:8080/v1`; undefined = not configured. */
export function baseOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string | undefined {
  return baseUrl === null ? undefined : trimBase(baseUrl);
}
