/**
 * @module config/well-known-models: the providers and names that are there without being configured.
 * Plain data and no import that costs: a start without a file asks it. The names of models stand here
 * and nowhere else; a test holds them against the registry of models.
 */
import type { Config } from '../contracts/config.ts';
import type { ModelsConfig, ProviderConfig, ProviderKind } from '../contracts/models-config.ts';

/** Where the credential of a provider is looked for, the first that is set. */
const VARIABLES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  anthropic: ['ANTHROPIC_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  gemini: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
};
/** A key is one word that a header can carry. */
const KEY = /^[\x21-\x7e]{1,4096}$/;

/** Names for chains where the operator gives none. */
export const WELL_KNOWN_ALIASES: Readonly<Record<string, readonly string[]>> = {
  haiku: ['anthropic/claude-haiku-5-5'],
  sonnet: ['anthropic/claude-sonnet-5-5'],
  opus: ['anthropic/claude-opus-5-5'],
  fable: ['anthropic/claude-fable-5-2'],
  'gemini-flash': ['gemini/gemini-4-hydrogen'],
  'gemini-pro': ['gemini/gemini-4-argon'],
  default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6.1-terra', 'gemini/gemini-4-hydrogen', 'ollama/qwen3'],
};

/** An entry with these keys and no others. */
export function providerEntry(kind: ProviderKind, own: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    kind,
    baseUrl: null,
    apiKey: null,
    models: [],
    apiVersion: null,
    region: null,
    accessKeyId: null,
    secretAccessKey: null,
    sessionToken: null,
    project: null,
    credentialsFile: null,
    command: null,
    ...own,
  };
}

/** The well-known providers where no variable is set. */
export const WELL_KNOWN_PROVIDERS: Readonly<Record<string, ProviderConfig>> = wellKnownProviders({}, { anthropicApiKey: null, geminiCliPath: null });

/**
 * The configuration with the well-known providers and aliases below the operator's own: an entry of the
 * same name wins whole, and so does a model that a provider lists. The same configuration where nothing
 * is to be added.
 */
export function withWellKnownModels(config: Config, env: Readonly<Record<string, string | undefined>>): Config {
  const { models, orchestrator } = config;
  if (!models.wellKnownProviders) return config;
  const providers = { ...wellKnownProviders(env, orchestrator), ...operatorsOwn(models.providers) };
  const listed = new Set(Object.values(providers).flatMap((provider) => provider.models));
  const aliases = Object.fromEntries(Object.entries(WELL_KNOWN_ALIASES).filter(([name]) => !listed.has(name)));
  return { ...config, models: { ...models, providers, aliases: { ...aliases, ...models.aliases } } };
}

/** Whether any variable gives a well-known provider its key. */
export function hasModelKeys(env: Readonly<Record<string, string | undefined>>): boolean {
  return Object.values(VARIABLES).some((names) => names.some((name) => keyIn(env, name) !== undefined));
}

function wellKnownProviders(
  env: Readonly<Record<string, string | undefined>>,
  { anthropicApiKey, geminiCliPath }: Pick<Config['orchestrator'], 'anthropicApiKey' | 'geminiCliPath'>,
): Readonly<Record<string, ProviderConfig>> {
  const withKey = (kind: 'anthropic' | 'openai' | 'gemini', configured: string | null = null): ProviderConfig => {
    const names = VARIABLES[kind] ?? [];
    const [apiKey] = [configured ?? [], names.map((name) => keyIn(env, name) ?? [])].flat(2);
    if (apiKey !== undefined) return providerEntry(kind, { apiKey });
    return providerEntry(kind, { missingVariables: [{ field: 'apiKey', variable: names[0] ?? '' }], isImplied: true });
  };
  return {
    anthropic: withKey('anthropic', anthropicApiKey),
    openai: withKey('openai'),
    gemini: withKey('gemini'),
    ollama: providerEntry('ollama', { isImplied: true }),
    ...(geminiCliPath === null ? {} : { 'gemini-cli': providerEntry('gemini-cli', { command: geminiCliPath }) }),
  };
}

/** A configuration may come in that has the well-known ones already. */
function operatorsOwn(providers: ModelsConfig['providers']): ModelsConfig['providers'] {
  return Object.fromEntries(Object.entries(providers).filter(([, { isImplied }]) => isImplied !== true));
}

function keyIn(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = (Object.hasOwn(env, name) ? env[name] : undefined)?.trim();
  return value !== undefined && KEY.test(value) ? value : undefined;
}
