/** @module tools/list-targets: the list methods as targets: everybody is shown what they may reach. */
import type { CallContext } from '../contracts/call.ts';
import type { Catalog, CatalogList, Listed } from '../contracts/catalog.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import type { JsonObject } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import { READ_TRAITS } from './resource-target.ts';

/** Chooses what is shown of the tools that a caller may see. */
export type ChooseTools = (definitions: readonly JsonObject[], call: CallContext) => readonly JsonObject[];

const LISTS: readonly CatalogList[] = ['tools', 'resources', 'resourceTemplates', 'prompts'];
const MAX_SELECTIONS = 500;

/**
 * Targets of kind `catalog`, by name of the list, over any catalogue. Their value is the array of
 * definitions that the caller's policy lets it see, in the catalogue's order. Callers who see the same
 * get the same array object, until the list or the policy changes: doors key their bytes by it.
 *
 * @param chooseTools what is shown of the tools that a caller may see; must keep to the same rule
 */
export function createListTargets(list: Catalog['list'], policy: () => Policy, chooseTools: ChooseTools = (tools) => tools): ReadonlyMap<string, Target> {
  const selections = new Selections();
  const toTarget = (name: CatalogList): [string, Target] => [
    name,
    {
      kind: 'catalog',
      name,
      access: { scopes: [] },
      traits: { ...READ_TRAITS, takesSlot: false },
      run: (_input, call) => {
        const definitions = selections.of(policy(), list(name, call.profile), call.principal);
        return { type: 'result', value: name === 'tools' ? chooseTools(definitions, call) : definitions };
      },
    },
  ];
  return new Map(LISTS.map(toTarget));
}

/** What principals see of one list under one policy. */
interface Views {
  readonly byPrincipal: WeakMap<Principal, readonly JsonObject[]>;
  /** By which entries are visible: different principals mostly see the same few selections. */
  readonly bySelection: RecentMap<string, readonly JsonObject[]>;
}

class Selections {
  readonly #views = new WeakMap<Policy, WeakMap<readonly Listed[], Views>>();

  of(policy: Policy, listed: readonly Listed[], principal: Principal): readonly JsonObject[] {
    const views = this.#viewsOf(policy, listed);
    const known = views.byPrincipal.get(principal);
    if (known) return known;
    let selection = '';
    for (const { target } of listed) selection += policy.isVisible(principal, target) ? '1' : '0';
    let definitions = views.bySelection.get(selection);
    if (!definitions) {
      definitions = Object.freeze(listed.filter((_, index) => selection.charAt(index) === '1').map(({ definition }) => definition));
      views.bySelection.set(selection, definitions);
    }
    views.byPrincipal.set(principal, definitions);
    return definitions;
  }

  #viewsOf(policy: Policy, listed: readonly Listed[]): Views {
    const byList = this.#views.get(policy) ?? new WeakMap<readonly Listed[], Views>();
    this.#views.set(policy, byList);
    const views = byList.get(listed) ?? {
      byPrincipal: new WeakMap<Principal, readonly JsonObject[]>(),
      bySelection: new RecentMap<string, readonly JsonObject[]>(MAX_SELECTIONS),
    };
    byList.set(listed, views);
    return views;
  }
}
