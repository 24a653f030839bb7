/** @module models/vendor-names: models that clients ask for by the name their vendor gives them. */
import type { ModelProvider } from '../contracts/model.ts';
import type { ModelRegistry } from '../contracts/model-registry.ts';
import type { ProviderKind } from '../contracts/models-config.ts';

/** Who serves the models of a vendor under the vendor's own names. */
const KINDS: Readonly<Partial<Record<string, ProviderKind>>> = { anthropic: 'anthropic', openai: 'openai', google: 'gemini' };
/** A model of Anthropic as Amazon names it, which the vendor does not know. */
const OF_AMAZON = /anthropic\./;

/**
 * `provider/model` for a name of a vendor that no provider lists: clients such as Claude Code ask for
 * models by these names. Only what the registry knows, by its exact id or as a dated variant of one, and
 * nothing by likeness. The first provider of the vendor's kind that is configured; without one, the first
 * that is not, whose failure says what is missing.
 */
export function createVendorNames(
  providers: Iterable<Pick<ModelProvider, 'name' | 'kind' | 'missing'>>,
  registry: Pick<ModelRegistry, 'find'>,
): (name: string) => string | undefined {
  const all = [...providers];
  return (name) => {
    if (name.includes('/') || OF_AMAZON.test(name)) return undefined;
    const vendor = registry.find('', name)?.vendor ?? '';
    const kind = Object.hasOwn(KINDS, vendor) ? KINDS[vendor] : undefined;
    const candidates = all.filter((provider) => provider.kind === kind);
    const provider = candidates.find(({ missing }) => missing === undefined) ?? candidates[0];
    return provider && `${provider.name}/${name}`;
  };
}
