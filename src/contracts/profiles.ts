/** @module contracts/profiles: virtual servers, as doors and commands see them. */
import type { Catalog, CatalogList, Listed } from './catalog.ts';
import type { Principal } from './principal.ts';
import type { ProfileConfig } from './profiles-config.ts';
import type { Target } from './target.ts';

const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/;

/** Whether a profile can have the name. */
export function isProfileName(name: string): boolean {
  return NAME.test(name);
}

/** A profile with where it comes from. */
export interface ProfileSpec extends ProfileConfig {
  /** Whether entries have the names that their upstream gave them: so it is in the profiles that every upstream has. */
  readonly usesOwnNames: boolean;
}

/** What profiles are made with. */
export interface ProfilePorts {
  /** The catalogue that a profile looks at: the gateway's own entries where wanted, and those of these upstreams (undefined = all). */
  readonly catalogOf: (hasOwn: boolean, among: readonly string[] | undefined) => Catalog;
  /** The list methods as targets, over these lists. */
  readonly listTargets: (list: (name: CatalogList) => readonly Listed[]) => ReadonlyMap<string, Target>;
  /** Those of the scopes that the principal does not hold under the policy in force. */
  readonly missingScopes: (principal: Principal, scopes: readonly string[]) => readonly string[];
}

/** Every virtual server. */
export interface Profiles {
  /** The view of it; undefined = there is none of this name. */
  find(name: string): Catalog | undefined;
  /** @throws AppError PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED */
  enter(name: string, principal: Principal): void;
  /** Brings them in line; whoever listens to one whose view changes is told. */
  apply(specs: Readonly<Record<string, ProfileSpec>>): void;
}
