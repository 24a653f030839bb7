/** @module app/catalogue: the gateway's own targets and those of upstreams as one catalogue. */
import type { Catalog, CatalogList, Listed } from '../contracts/catalog.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import { createSubscriptionTarget } from '../tools/completion-target.ts';
import type { UpstreamTargets } from './upstreams.ts';

/** What a catalogue is made of. */
export interface Origins {
  /** Undefined = nothing of the gateway's own. */
  readonly own: Catalog | undefined;
  readonly upstreams: Pick<UpstreamTargets, 'resolve' | 'list' | 'subscribe' | 'watch'>;
  /** Upstreams by name, in the order of their precedence; undefined = all. */
  readonly among?: readonly string[] | undefined;
  /** The list methods over these lists. */
  readonly listTargets: (list: (name: CatalogList) => readonly Listed[]) => ReadonlyMap<string, Target>;
}

interface Joined {
  readonly own: readonly Listed[];
  readonly others: readonly Listed[];
  readonly all: readonly Listed[];
}

const NONE: readonly Listed[] = Object.freeze([]);

/** The gateway's own entries win where a name is there twice. Without upstreams its answers are those of `own`. Knows no profiles. */
export function joinCatalogues({ own, upstreams, among, listTargets }: Origins, policy: () => Policy): Catalog {
  const joined = new Map<CatalogList, Joined>();
  const list: Catalog['list'] = (name) => {
    const [mine, others] = [own?.list(name) ?? NONE, upstreams.list(name, among)];
    if (others.length === 0) return mine;
    const known = joined.get(name);
    if (known?.own === mine && known.others === others) return known.all;
    const all = merge(mine, others);
    joined.set(name, { own: mine, others, all });
    return all;
  };
  const lists = listTargets(list);
  return {
    list,
    resolve(kind, name) {
      if (kind === 'catalog') return lists.get(name) ?? own?.resolve(kind, name);
      const mine = own?.resolve(kind, name);
      if (mine || kind !== 'subscription') return mine ?? upstreams.resolve(kind, name, among);
      const resource = upstreams.resolve('resource', name, among);
      return resource && createSubscriptionTarget(name, resource, policy);
    },
    watch: (uri) => (own?.resolve('resource', uri) ? () => undefined : upstreams.watch(uri, among)),
    subscribe(listener) {
      const stops = [own?.subscribe(listener), upstreams.subscribe(listener, among)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
  };
}

function merge(own: readonly Listed[], others: readonly Listed[]): readonly Listed[] {
  const taken = new Set(own.map(({ target }) => target.name));
  const all = [...own, ...others.filter(({ target }) => !taken.has(target.name))];
  return Object.freeze(all.sort((one, other) => (one.target.name < other.target.name ? -1 : 1)));
}
