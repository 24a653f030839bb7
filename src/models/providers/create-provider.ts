/** @module models/providers/create-provider: the provider of a configuration entry. */
import type { Egress } from '../../contracts/egress.ts';
import type { ModelProvider } from '../../contracts/model.ts';
import type { ModelsConfig, ProviderConfig } from '../../contracts/models-config.ts';
import { ANTHROPIC_BASE_URL, createAnthropicProvider } from './anthropic/provider.ts';
import { createOpenAiProvider, OPENAI_BASE_URL } from './openai/provider.ts';

/** Contacts nobody. */
export function createProvider(name: string, config: ProviderConfig, egress: Egress): ModelProvider {
  return config.kind === 'anthropic' ? createAnthropicProvider(name, config, egress) : createOpenAiProvider(name, config, egress);
}

/** Base URLs that calls of these providers may go to. */
export function baseUrlsOf({ providers }: Pick<ModelsConfig, 'providers'>): readonly string[] {
  return Object.values(providers).map(({ kind, baseUrl }) => baseUrl ?? (kind === 'anthropic' ? ANTHROPIC_BASE_URL : OPENAI_BASE_URL));
}
