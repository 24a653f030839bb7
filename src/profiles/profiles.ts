/** @module profiles/profiles: every virtual server by its name. */
import type { ProfilePorts, Profiles, ProfileSpec } from '../contracts/profiles.ts';
import { AppError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import { requireAccess } from './access.ts';
import { Profile } from './profile.ts';

/** None yet: apply says which there are. */
export function createProfiles(ports: ProfilePorts): Profiles {
  // One that is taken out is kept: its listeners hear of it again when it comes back.
  const known = new Map<string, Profile>();
  let present: ReadonlySet<string> = new Set();
  const find = (name: string): Profile | undefined => (present.has(name) ? known.get(name) : undefined);
  return {
    find,
    enter(name, principal) {
      const profile = find(name);
      if (!profile) throw new AppError('PROFILE_UNKNOWN', { message: `There is no profile ${name.slice(0, 64)}.` });
      requireAccess(name, profile.spec.access, principal, ports.missingScopes);
    },
    apply(specs) {
      present = new Set(Object.keys(specs));
      for (const [name, spec] of Object.entries(specs)) {
        const profile = known.get(name);
        if (!profile) known.set(name, new Profile(spec, ports));
        else if (canonicalJson(profile.spec) !== canonicalJson(spec)) profile.reconfigure(spec);
      }
    },
  };
}

/** The profile that every upstream has without being asked for: its own tools, under its own names. */
export function specOfUpstream(name: string): ProfileSpec {
  const names = { allow: null, deny: [], rename: {}, describe: {} };
  return {
    upstreams: [name],
    hasOwn: false,
    usesOwnNames: true,
    access: { roles: null, scopes: [], principals: null },
    toolSearch: null,
    tools: { ...names, defaults: {} },
    prompts: names,
    resources: { allow: null, deny: [] },
  };
}
