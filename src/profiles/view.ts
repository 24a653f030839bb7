/** @module profiles/view: one list of the catalogue as a profile shows it. */
import type { CatalogList, Listed } from '../contracts/catalog.ts';
import type { ProfileSpec } from '../contracts/profiles.ts';
import { deepFreeze, type JsonObject } from '../core/json.ts';
import { compileNames, type NameMatch } from '../core/name-pattern.ts';

/** A list with the way from the names in it to its entries. */
export interface View {
  /** Sorted by the names shown. */
  readonly listed: readonly Listed[];
  readonly byName: ReadonlyMap<string, Listed>;
}

/** How a profile shows one kind. */
export interface Lens {
  /** Whether the profile lets an entry of this name through, by its name in the gateway. */
  readonly isShown: NameMatch;
  /** Whether anything is held back by its name. */
  readonly isRestricted: boolean;
  readonly nameOf: (listed: Listed) => string;
  readonly describe: Readonly<Record<string, string>>;
  readonly defaults: Readonly<Record<string, JsonObject>>;
}

const NOTHING = Object.freeze({});

/** How the profile shows entries of this list. */
export function lensOf(spec: ProfileSpec, list: CatalogList): Lens {
  const isNamed = list === 'tools' || list === 'prompts';
  const { allow, deny } = isNamed ? spec[list] : spec.resources;
  const { rename, describe } = isNamed ? spec[list] : { rename: NOTHING, describe: NOTHING };
  const [isAllowed, isDenied] = [allow && compileNames(allow), compileNames(deny)];
  return {
    isShown: (name) => (!isAllowed || isAllowed(name)) && !isDenied(name),
    isRestricted: allow !== null || deny.length > 0,
    nameOf: ({ target: { name }, own }) => (isNamed && spec.usesOwnNames ? own : undefined) ?? memberOf(rename, name) ?? name,
    describe,
    defaults: list === 'tools' ? spec.tools.defaults : NOTHING,
  };
}

/**
 * The entries that the lens lets through. A name that the operator gave is kept before one that is there by itself: an
 * upstream that grows a tool of that name takes nothing away.
 *
 * @param known entries made before, by the entry they show; what did not change stays the same object
 */
export function viewThrough(lens: Lens, source: readonly Listed[], known: WeakMap<Listed, Listed>): View {
  const shown = source.filter(({ target }) => lens.isShown(target.name)).map((listed) => ({ listed, name: lens.nameOf(listed) }));
  const isGiven = ({ listed, name }: (typeof shown)[number]): boolean => name !== listed.target.name;
  const byName = new Map<string, Listed>();
  for (const { listed, name } of [...shown.filter(isGiven), ...shown.filter((entry) => !isGiven(entry))]) {
    if (byName.has(name)) continue;
    const entry = known.get(listed) ?? showAs(listed, name, lens);
    known.set(listed, entry);
    byName.set(name, entry);
  }
  const sorted = [...byName].sort(([one], [other]) => (one < other ? -1 : 1));
  return { listed: Object.freeze(sorted.map(([, entry]) => entry)), byName };
}

/** The target keeps its name: policy, kill switch and audit know it by that. */
function showAs(listed: Listed, name: string, { describe, defaults }: Lens): Listed {
  const { target, definition } = listed;
  const description = memberOf(describe, target.name);
  const added = memberOf(defaults, target.name);
  if (name === target.name && description === undefined && added === undefined) return listed;
  return {
    ...listed,
    target: added === undefined ? target : { ...target, defaults: { ...target.defaults, ...added } },
    definition: deepFreeze({ ...definition, ...(name === target.name ? {} : { name }), ...(description === undefined ? {} : { description }) }),
  };
}

function memberOf<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
