/** @module contracts/profiles-config: virtual servers, as an operator writes them. */
import type { JsonObject } from '../core/json.ts';
import type { ToolSearchMode } from './tool-search.ts';

/** Which entries of one kind are shown. Names are those of the gateway's own lists, `server__tool` for what upstreams bring. */
export interface ProfileFilter {
  /** Patterns; null = all. */
  readonly allow: readonly string[] | null;
  /** Wins over allow. */
  readonly deny: readonly string[];
}

/** Entries that a profile also shows differently. */
export interface ProfileNames extends ProfileFilter {
  /** Name here by name in the gateway. */
  readonly rename: Readonly<Record<string, string>>;
  readonly describe: Readonly<Record<string, string>>;
}

/** Who may use a profile: every condition that is written must be met. */
export interface ProfileAccess {
  /** One of these roles; null = any. */
  readonly roles: readonly string[] | null;
  /** All of these scopes. */
  readonly scopes: readonly string[];
  /** Patterns on the principal's id; null = any. */
  readonly principals: readonly string[] | null;
}

/** A view of the catalogue with an endpoint of its own. */
export interface ProfileConfig {
  /** Upstreams by name, in the order of their precedence; null = all. */
  readonly upstreams: readonly string[] | null;
  /** Whether the gateway's own tools, resources and prompts belong to it; null = only where `upstreams` is null. */
  readonly hasOwn: boolean | null;
  readonly access: ProfileAccess;
  /** Null = as the section toolSearch says. */
  readonly toolSearch: ToolSearchMode | null;
  readonly tools: ProfileNames & {
    /** Members merged under the caller's arguments, by name in the gateway. */
    readonly defaults: Readonly<Record<string, JsonObject>>;
  };
  readonly prompts: ProfileNames;
  /** Patterns on URIs and on the texts of templates. */
  readonly resources: ProfileFilter;
}

/** Profiles by the name an operator chose: lower-case letters, digits, `-` and `_`, at most 32. */
export type ProfilesConfig = Readonly<Record<string, ProfileConfig>>;
