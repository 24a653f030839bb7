/** @module config/model-checks: rules between keys of `models`. */
import { targetsIn, type ModelsConfig, type ProviderConfig } from '../contracts/models-config.ts';
import { joinPointer } from './pointer.ts';
import { KINDS_WITH_OWN_ADDRESS, PROVIDER_KEYS, type ProviderKey } from './provider-keys.ts';
import { suggest } from './suggest.ts';

/** A broken rule; its code is CONFIG_INVALID. */
export interface ModelViolation {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

const ALL_KEYS: ReadonlySet<ProviderKey> = new Set(Object.values(PROVIDER_KEYS).flat());

/** Every broken rule, of a configuration that has its well-known providers already. */
export function checkModels({ providers, aliases }: Pick<ModelsConfig, 'providers' | 'aliases'>): readonly ModelViolation[] {
  return [
    ...Object.entries(providers).flatMap(([name, provider]) => checkProvider(name, provider)),
    ...Object.entries(aliases).flatMap(([alias, chain]) => {
      const pointer = joinPointer('/models/aliases', alias);
      return targetsIn(chain).flatMap((target, index) => checkTarget(joinPointer(pointer, index), target, providers));
    }),
  ];
}

function checkProvider(name: string, provider: ProviderConfig): readonly ModelViolation[] {
  const { kind, baseUrl } = provider;
  const pointer = joinPointer('/models/providers', name);
  const known = PROVIDER_KEYS[kind];
  const strange = [...ALL_KEYS].filter((key) => provider[key] !== null && !known.includes(key));
  return [
    ...strange.map((key) => ({
      pointer: joinPointer(pointer, key),
      message: `A provider of kind ${kind} has no ${key}.`,
      fix: `Remove it; ${kind} knows ${known.join(', ')}.`,
    })),
    ...(KINDS_WITH_OWN_ADDRESS.includes(kind) && baseUrl === null
      ? [
          {
            pointer,
            message: `The provider ${name} has no baseUrl.`,
            fix: `Add baseUrl, such as ${kind === 'azure' ? 'https://name.openai.azure.com' : 'http://127.0.0.1:8080/v1'}.`,
          },
        ]
      : []),
  ];
}

function checkTarget(pointer: string, target: string, providers: ModelsConfig['providers']): readonly ModelViolation[] {
  const provider = target.slice(0, target.indexOf('/'));
  if (Object.hasOwn(providers, provider)) return [];
  const near = suggest(provider, Object.keys(providers));
  return [{ pointer, message: `There is no provider ${provider}.`, fix: near === undefined ? 'Define it under models.providers.' : `Did you mean ${near}?` }];
}
