/** @module policy/other-spellings: what is forbidden or held under one name stays so under the others that mean the same. */
import type { Target } from '../contracts/target.ts';
import { uriSpellings } from '../core/uri-spellings.ts';
import { foldName } from './glob.ts';

/**
 * `kind:name` of the target in every spelling that leads to the same, case taken away: some providers take names of models in any,
 * and URIs of a template are the client's to write. Empty for the other kinds, whose names are exact.
 */
export function otherSpellings({ kind, name, sameAs = [] }: Target): readonly string[] {
  if (kind === 'model') return [name, ...sameAs].map((one) => foldName(`${kind}:${one}`));
  return kind === 'resource' ? uriSpellings(name).map((one) => foldName(`${kind}:${one}`)) : [];
}
