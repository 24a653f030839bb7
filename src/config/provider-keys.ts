/** @module config/provider-keys: which keys each kind of provider knows. */
import type { ProviderConfig, ProviderKind } from '../contracts/models-config.ts';

/** A key besides `kind` and `models`, which every kind knows. */
export type ProviderKey = Exclude<keyof ProviderConfig, 'kind' | 'models' | 'missingVariables' | 'isImplied'>;

/** Keys by kind; a key of another kind is refused. */
export const PROVIDER_KEYS: Readonly<Record<ProviderKind, readonly ProviderKey[]>> = {
  openai: ['baseUrl', 'apiKey'],
  anthropic: ['baseUrl', 'apiKey'],
  azure: ['baseUrl', 'apiKey', 'apiVersion'],
  gemini: ['baseUrl', 'apiKey'],
  ollama: ['baseUrl', 'apiKey'],
  'openai-compatible': ['baseUrl', 'apiKey'],
  bedrock: ['region', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'apiKey', 'baseUrl'],
  vertex: ['project', 'region', 'credentialsFile', 'baseUrl'],
  'gemini-cli': ['command', 'apiKey'],
};

/** Kinds that have no address of their own. */
export const KINDS_WITH_OWN_ADDRESS: readonly ProviderKind[] = ['azure', 'openai-compatible'];

/**
 * Keys that a variable which is not set leaves empty: their provider is not configured then. Not
 * `baseUrl` and `command`, whose absence would mean another server or program.
 */
export const KEYS_FROM_VARIABLES: readonly ProviderKey[] = ['apiKey', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'region', 'project', 'credentialsFile'];
