/** @module config/profile-checks: rules between keys of `profiles`. */
import type { Config } from '../contracts/config.ts';
import type { ProfileConfig } from '../contracts/profiles-config.ts';
import { joinPointer } from './pointer.ts';
import { suggest } from './suggest.ts';

/** A broken rule; its code is CONFIG_INVALID. */
export interface ProfileViolation {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** `/mcp/v1` is where the REST facade is. */
const RESERVED = 'v1';

/** Names that a profile refers to must exist, and two of its entries must not get one name. */
export function checkProfiles({ profiles, upstreams, policy }: Pick<Config, 'profiles' | 'upstreams' | 'policy'>): readonly ProfileViolation[] {
  return Object.entries(profiles).flatMap(([name, profile]) => {
    const pointer = joinPointer('/profiles', name);
    const violations: ProfileViolation[] = [
      ...unknown(profile.upstreams ?? [], Object.keys(upstreams), joinPointer(pointer, 'upstreams'), 'upstream'),
      ...unknown(profile.access.roles ?? [], Object.keys(policy.roles), `${pointer}/access/roles`, 'role'),
      ...repeated(profile.tools, joinPointer(pointer, 'tools')),
      ...repeated(profile.prompts, joinPointer(pointer, 'prompts')),
    ];
    if (name === RESERVED)
      violations.push({ pointer, message: `The name ${RESERVED} is taken: /mcp/${RESERVED} is the REST facade.`, fix: 'Use another name.' });
    return violations;
  });
}

function unknown(names: readonly string[], known: readonly string[], pointer: string, what: string): readonly ProfileViolation[] {
  return names.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const near = suggest(name, known);
    const fix = near === undefined ? `Use one of: ${known.join(', ') || `none, there is no ${what} yet`}.` : `Did you mean ${near}?`;
    return [{ pointer: joinPointer(pointer, index), message: `There is no ${what} ${name}.`, fix }];
  });
}

function repeated({ rename }: ProfileConfig['prompts'], pointer: string): readonly ProfileViolation[] {
  const owners = new Map<string, string>();
  return Object.entries(rename).flatMap(([name, shown]) => {
    const other = owners.get(shown);
    owners.set(shown, name);
    if (other === undefined) return [];
    return [
      { pointer: joinPointer(`${pointer}/rename`, name), message: `${other} and ${name} get the same name ${shown}.`, fix: 'Give one of them another name.' },
    ];
  });
}
