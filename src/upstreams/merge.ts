/** @module upstreams/merge: the views of all upstreams as one catalogue: every name once. */
import type { CatalogList } from '../contracts/catalog.ts';
import type { Shown, UpstreamView } from './view.ts';

/** Entries by the name clients use. */
export interface Merged {
  readonly tools: ReadonlyMap<string, Shown>;
  readonly resources: ReadonlyMap<string, Shown>;
  readonly resourceTemplates: ReadonlyMap<string, Shown>;
  readonly prompts: ReadonlyMap<string, Shown>;
  /** Entries left out because another has their name: upstream → names. */
  readonly refused: ReadonlyMap<string, readonly string[]>;
}

/** @param views in the order of their precedence: the first one keeps a name */
export function mergeViews(views: readonly UpstreamView[]): Merged {
  const refused = new Map<string, string[]>();
  const collect = (of: (view: UpstreamView) => readonly Shown[]): ReadonlyMap<string, Shown> => {
    const byName = new Map<string, Shown>();
    for (const shown of views.flatMap(of)) {
      const { name } = shown.target;
      if (!byName.has(name)) byName.set(name, shown);
      else refused.set(shown.upstream.name, [...(refused.get(shown.upstream.name) ?? []), name]);
    }
    return byName;
  };
  return {
    tools: collect(({ tools }) => tools),
    resources: collect(({ resources }) => resources),
    resourceTemplates: collect(({ templates }) => templates),
    prompts: collect(({ prompts }) => prompts),
    refused,
  };
}

/** Sorted by name, as all lists are. */
export function sortedList(merged: Merged, list: CatalogList): readonly Shown[] {
  return [...merged[list].values()].sort((one, other) => (one.target.name < other.target.name ? -1 : 1));
}
