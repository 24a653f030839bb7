/** @module app/views: the catalogue as a whole, as profiles show it, and with search tools in front of it. */
import type { Catalog, Listed } from '../contracts/catalog.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import type { Logger } from '../contracts/telemetry.ts';
import { joinCatalogues } from './catalogue.ts';
import { createProfileTargets, type ProfileTargets } from './profiles.ts';
import type { TargetPorts } from './targets.ts';
import { createToolSearch, type ToolSearch } from './tool-search.ts';

/** What is looked at. */
export interface ViewSources extends Pick<TargetPorts, 'config' | 'models' | 'upstreams' | 'tasks'> {
  /** Operations of the gateway itself, by name. */
  readonly admin: ReadonlyMap<string, Target>;
  readonly own: Catalog;
  readonly policy: () => ExplainingPolicy;
  readonly logger: Logger;
}

/** The ways to look at it. */
export interface Views {
  /** As the pipeline and the doors see it: with the operations of the gateway itself. */
  readonly catalog: Catalog;
  readonly profiles: ProfileTargets;
  readonly search: ToolSearch;
}

const NONE: readonly Listed[] = Object.freeze([]);

/** Loads nothing of profiles yet. */
export function createViews(sources: ViewSources): Views {
  const { own, upstreams, config, policy, models, logger } = sources;
  const search = createToolSearch({ config, policy, models, catalog: () => catalog });
  const { listTargets } = search;
  const joined = joinCatalogues({ own, upstreams, listTargets }, policy);
  const profiles = createProfileTargets({ own, upstreams, listTargets, config, policy, logger });
  const catalog = wholeCatalogue(sources, joined, profiles, search);
  return { catalog, profiles, search };
}

/** Operations, models, and what the profile shows; without one, everything. */
function wholeCatalogue({ admin, models, tasks }: ViewSources, joined: Catalog, profiles: ProfileTargets, search: ToolSearch): Catalog {
  const viewOf = (profile: string | undefined): Catalog | undefined => (profile === undefined ? joined : profiles.find(profile));
  return {
    resolve(kind, name, profile) {
      if (kind === 'admin') return admin.get(name);
      if (kind === 'task') return tasks?.resolve(name);
      const view = viewOf(profile);
      const found = models.resolve(kind, name) ?? view?.resolve(kind, name);
      // A tool of an author or a profile that has such a name keeps it.
      return found ?? (kind === 'tool' && view ? search.resolve(name, profile) : undefined);
    },
    list: (list, profile) => viewOf(profile)?.list(list) ?? NONE,
    watch: (uri, profile) => viewOf(profile)?.watch?.(uri) ?? (() => undefined),
    subscribe(listener, profile) {
      const stops = [viewOf(profile)?.subscribe(listener), search.subscribe(listener, profile)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
  };
}
