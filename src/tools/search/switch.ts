/** @module tools/search/switch: what `tools/list` shows: all tools, or those by which the others are found. */
import type { CallContext } from '../../contracts/call.ts';
import type { Policy } from '../../contracts/policy.ts';
import type { Target } from '../../contracts/target.ts';
import type { ToolSearchConfig, ToolSearchMode } from '../../contracts/tool-search.ts';
import type { JsonObject } from '../../core/json.ts';
import { compileNames, type NameMatch } from '../../core/name-pattern.ts';
import { estimateTokens } from './cost.ts';
import { metaDefinitions } from './definitions.ts';

/** What the decision depends on. */
export interface SwitchPorts {
  readonly config: () => ToolSearchConfig;
  /** What the profile says for itself; undefined = nothing. */
  readonly modeOf: (profile: string | undefined) => ToolSearchMode | undefined;
  readonly policy: () => Policy;
  /** The search tool of this name. */
  readonly targetOf: (name: string) => Target | undefined;
}

/** Chooses the list. */
export interface ListSwitch {
  /** The definitions as they are, or the shorter list; the same array for the same caller until something changes. */
  choose(definitions: readonly JsonObject[], call: Pick<CallContext, 'admission' | 'client' | 'principal' | 'profile'>): readonly JsonObject[];
  /** Whether the search tools exist in the profile. */
  isOn(profile: string | undefined): boolean;
}

/** Doors of MCP alone: other doors list for programs, not for models. */
const DOORS = 'mcp-';

/** Asks for nothing but the mode where it is `never`. */
export function createListSwitch({ config, modeOf, policy, targetOf }: SwitchPorts): ListSwitch {
  let compiled: { readonly from: ToolSearchConfig; readonly isDeferring: NameMatch; readonly isAlwaysListed: NameMatch } | undefined;
  let shorter = new WeakMap<readonly JsonObject[], Map<string, readonly JsonObject[]>>();

  const compile = (from: ToolSearchConfig): NonNullable<typeof compiled> => {
    if (compiled?.from === from) return compiled;
    compiled = { from, isDeferring: compileNames(from.deferringClients), isAlwaysListed: compileNames(from.alwaysListed) };
    shorter = new WeakMap();
    return compiled;
  };
  const modeIn = (profile: string | undefined): ToolSearchMode => (profile === undefined ? undefined : modeOf(profile)) ?? config().mode;

  return {
    isOn: (profile) => modeIn(profile) !== 'never',
    choose(definitions, { admission, client, principal, profile }) {
      const mode = modeIn(profile);
      if (mode === 'never' || !admission.door.startsWith(DOORS)) return definitions;
      const settings = config();
      const { isDeferring, isAlwaysListed } = compile(settings);
      if (mode === 'auto' && (isDeferring(client?.name ?? '') || estimateTokens(definitions) <= settings.thresholdTokens)) return definitions;
      const meta = metaDefinitions().filter(({ name }) => {
        const target = targetOf(String(name));
        return target !== undefined && policy().isVisible(principal, target);
      });
      const lists = shorter.get(definitions) ?? new Map<string, readonly JsonObject[]>();
      shorter.set(definitions, lists);
      const key = meta.map(({ name }) => String(name)).join(' ');
      const known = lists.get(key);
      if (known) return known;
      const taken = new Set(meta.map(({ name }) => name));
      const kept = definitions.filter(({ name }) => isAlwaysListed(String(name)) && !taken.has(name));
      const list = Object.freeze([...meta, ...kept].sort((one, other) => (String(one['name']) < String(other['name']) ? -1 : 1)));
      lists.set(key, list);
      return list;
    },
  };
}
