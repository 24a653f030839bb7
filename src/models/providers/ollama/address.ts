/** @module models/providers/ollama/address: where Ollama is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';

/** Where it listens unless it is told otherwise. */
export const OLLAMA_BASE_URL = 'http://127.0.0.1:11434';

/** A name without a tag means `:latest`. */
export function spellingsOf(model: string): readonly string[] {
  const name = model.replace(/:latest$/, '');
  return /:[^/]*$/.test(name) ? [model] : [name, `${name}:latest`];
}

/** The base without version: its own API is below `/api`, the one of OpenAI's formats below `/v1`. */
export function baseOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string {
  return trimBase(baseUrl ?? OLLAMA_BASE_URL, '/v1', '/api');
}
