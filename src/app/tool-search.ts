/** @module app/tool-search: the search tools and the switch to them, wired. */
import type { Catalog, CatalogEvent, CatalogList, Listed } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import type { ToolSearchMode } from '../contracts/tool-search.ts';
import { canonicalJson } from '../core/json.ts';
import { compileSchema } from '../schema/compile.ts';
import { createListTargets } from '../tools/list-targets.ts';
import { categoryOf } from '../tools/search/category.ts';
import { createMetaTargets } from '../tools/search/meta-targets.ts';
import { createListSwitch } from '../tools/search/switch.ts';
import type { ModelTargets } from './models.ts';

/** Search in the catalogue of the app. */
export interface ToolSearch {
  /** The list methods over these lists, of which `tools` may be the shorter one. */
  listTargets(list: (name: CatalogList) => readonly Listed[]): ReadonlyMap<string, Target>;
  /** A search tool; undefined where the name is none, or the profile has none. */
  resolve(name: string, profile: string | undefined): Target | undefined;
  /** What the configuration says for the profile. */
  modeOf(profile: string | undefined): ToolSearchMode;
  /** Told when another configuration may show other lists to clients of the profile. */
  subscribe(listener: (event: CatalogEvent) => void, profile: string | undefined): () => void;
  applyConfig(): void;
}

/** What it stands on. */
export interface ToolSearchSources {
  readonly config: () => Config;
  readonly policy: () => Policy;
  readonly models: ModelTargets;
  readonly catalog: () => Catalog;
}

/** Builds the targets; what they do is loaded at their first call. */
export function createToolSearch({ config, policy, models, catalog }: ToolSearchSources): ToolSearch {
  const targets = createMetaTargets({
    config: () => config().toolSearch,
    policy,
    list: (profile) => catalog().list('tools', profile),
    categoryOf,
    compile: compileSchema,
    modelsOf: (call) => models.clientFor({ scope: call.scope, call: (child) => call.call(child) }),
  });
  /** A profile that nobody wrote is the one of an upstream: its clients count on the names of its tools. */
  const modeOf = (profile: string | undefined): ToolSearchMode | undefined => {
    if (profile === undefined) return undefined;
    const written = config().profiles[profile];
    return written ? (written.toolSearch ?? undefined) : 'never';
  };
  /** All that another configuration can change of what the clients of a profile are shown. */
  const settingsFor = (profile: string | undefined): string => canonicalJson([config().toolSearch, modeOf(profile) ?? null]);
  const listeners = new Map<(event: CatalogEvent) => void, { readonly profile: string | undefined; applied: string }>();
  const listSwitch = createListSwitch({ config: () => config().toolSearch, modeOf, policy, targetOf: (name) => targets.get(name) });
  return {
    listTargets: (list) => createListTargets(list, policy, (definitions, call) => listSwitch.choose(definitions, call)),
    resolve: (name, profile) => (targets.has(name) && listSwitch.isOn(profile) ? targets.get(name) : undefined),
    modeOf: (profile) => modeOf(profile) ?? config().toolSearch.mode,
    subscribe(listener, profile) {
      listeners.set(listener, { profile, applied: settingsFor(profile) });
      return () => listeners.delete(listener);
    },
    applyConfig() {
      for (const [listener, known] of listeners) {
        const next = settingsFor(known.profile);
        if (next === known.applied) continue;
        known.applied = next;
        listener({ type: 'tools_changed' });
      }
    },
  };
}
