/** @module models/providers/create-provider: the provider of a configuration entry. */
import type { ModelProvider } from '../../contracts/model.ts';
import type { ModelsConfig, ProviderConfig, ProviderKind } from '../../contracts/models-config.ts';
import { AppError } from '../../core/errors.ts';
import { anthropic } from './anthropic/provider.ts';
import { azure } from './azure/provider.ts';
import { bedrock } from './bedrock/provider.ts';
import { geminiCli } from './gemini-cli/provider.ts';
import { gemini } from './gemini/provider.ts';
import { ollama } from './ollama/provider.ts';
import { openAi } from './openai/provider.ts';
import { openAiCompatible } from './openai-compatible/provider.ts';
import type { Environment, ProviderModule, ProviderPorts } from './provider-module.ts';
import { vertex } from './vertex/provider.ts';

const MODULES: Readonly<Partial<Record<ProviderKind, ProviderModule>>> = {
  openai: openAi,
  anthropic,
  azure,
  bedrock,
  gemini,
  ollama,
  'openai-compatible': openAiCompatible,
  vertex,
  'gemini-cli': geminiCli,
};

/** Contacts nobody. */
export function createProvider(name: string, config: ProviderConfig, ports: ProviderPorts): ModelProvider {
  return moduleOf(config.kind).create(name, config, ports);
}

/** Base URLs that calls of these providers may go to. */
export function baseUrlsOf({ providers }: Pick<ModelsConfig, 'providers'>, env: Environment = process.env): readonly string[] {
  return Object.values(providers).flatMap((config) => moduleOf(config.kind).baseUrls(config, env));
}

function moduleOf(kind: ProviderKind): ProviderModule {
  return MODULES[kind] ?? ABSENT;
}

/** A kind that is not built in. */
const ABSENT: ProviderModule = {
  baseUrls: () => [],
  create(name, { kind }) {
    const missing = `This version has no provider of kind ${kind}.`;
    const refuse = (): never => {
      throw new AppError('PROVIDER_NOT_CONFIGURED', { fix: missing });
    };
    return { name, kind, missing, isSimulated: false, dialects: () => [], send: async () => refuse(), classify: refuse, listModels: async () => refuse() };
  },
};
