/** @module tools/search/category: what kind of tool one is, for a catalogue of many. */
import type { Listed } from '../../contracts/catalog.ts';
import { isObject } from '../../core/json.ts';
import { METADATA_KEY } from '../metadata.ts';

/** Of tools without either. */
const OWN = 'gateway';

/** The upstream that brings it, else the category that its author gave it. */
export function categoryOf({ target, definition }: Listed): string {
  if (target.upstream !== undefined) return target.upstream;
  const meta = isObject(definition['_meta']) ? definition['_meta'][METADATA_KEY] : undefined;
  const category = isObject(meta) ? meta['category'] : undefined;
  return typeof category === 'string' && category !== '' ? category : OWN;
}
