/** @module app/profiles: virtual servers as the rest of the app sees them. Nothing of them is loaded where there can be none. */
import type { Catalog } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import type { ProfilePorts, Profiles, ProfileSpec } from '../contracts/profiles.ts';
import type { Logger } from '../contracts/telemetry.ts';
import { suggest } from '../config/suggest.ts';
import { AppError } from '../core/errors.ts';
import { joinCatalogues } from './catalogue.ts';
import type { UpstreamTargets } from './upstreams.ts';

/** Virtual servers that may not be there. */
export interface ProfileTargets {
  /** Loads what the configuration asks for. Resolves at once where it names neither a profile nor an upstream. */
  load(): Promise<void>;
  /** Its view; undefined = there is none of this name. */
  find(name: string): Catalog | undefined;
  /** @throws AppError PROFILE_UNKNOWN with the nearest name */
  requireKnown(name: string): void;
  /** @throws AppError PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED */
  enter(name: string, principal: Principal): void;
  /** Brings them in line with the configuration in force; those that are new appear a moment later. */
  applyConfig(): void;
}

/** What they look at. */
export interface ProfileSources {
  readonly own: Catalog;
  readonly upstreams: UpstreamTargets;
  readonly config: () => Pick<Config, 'profiles' | 'upstreams'>;
  readonly policy: () => ExplainingPolicy;
  readonly logger: Logger;
  readonly listTargets: ProfilePorts['listTargets'];
}

/** Builds nothing yet. */
export function createProfileTargets({ own, upstreams, config, policy, logger, listTargets }: ProfileSources): ProfileTargets {
  let profiles: Profiles | undefined;
  let loading: Promise<void> | undefined;
  let specOfUpstream: ((name: string) => ProfileSpec) | undefined;

  const specs = (): Readonly<Record<string, ProfileSpec>> => {
    const { profiles: written, upstreams: servers } = config();
    const automatic = Object.entries(servers).flatMap(([name, { isEnabled }]) => (isEnabled && specOfUpstream ? [[name, specOfUpstream(name)] as const] : []));
    return { ...Object.fromEntries(automatic), ...Object.fromEntries(Object.entries(written).map(([name, one]) => [name, { ...one, usesOwnNames: false }])) };
  };
  const build = async (): Promise<void> => {
    const loaded = await import('../profiles/profiles.ts');
    specOfUpstream = loaded.specOfUpstream;
    profiles = loaded.createProfiles({
      catalogOf: (hasOwn, among) => joinCatalogues({ own: hasOwn ? own : undefined, upstreams, among, listTargets }, policy),
      listTargets,
      missingScopes: (principal, scopes) => policy().missingScopes(principal, scopes),
    });
    profiles.apply(specs());
  };
  const isWanted = (): boolean => Object.keys(config().profiles).length + Object.keys(config().upstreams).length > 0;
  const load = (): Promise<void> => (isWanted() ? (loading ??= build()) : Promise.resolve());

  return {
    load,
    find: (name) => profiles?.find(name),
    requireKnown(name) {
      if (profiles?.find(name)) return;
      const near = suggest(name, profiles ? Object.keys(specs()) : []);
      throw new AppError('PROFILE_UNKNOWN', {
        message: `There is no profile ${name.slice(0, 64)}.`,
        ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
      });
    },
    enter(name, principal) {
      if (!profiles) throw new AppError('PROFILE_UNKNOWN', { message: `There is no profile ${name.slice(0, 64)}.` });
      profiles.enter(name, principal);
    },
    applyConfig() {
      if (profiles) profiles.apply(specs());
      else void load().catch((error: unknown) => logger.error('profiles cannot be loaded', { error: String(error) }));
    },
  };
}
