/** @module tools/search/cost: what definitions of tools cost a model that is shown them. */
import type { JsonObject } from '../../core/json.ts';

/** Characters of JSON for one token, roughly: an estimate for every vendor's tokenizer, exact for none. */
const CHARACTERS_PER_TOKEN = 4;
const known = new WeakMap<object, number>();

/** Tokens of one definition, or of a list of them, as they stand in `tools/list`. Remembered for as long as the object lives. */
export function estimateTokens(definitions: JsonObject | readonly JsonObject[]): number {
  const remembered = known.get(definitions);
  if (remembered !== undefined) return remembered;
  const tokens = Math.ceil(JSON.stringify(definitions).length / CHARACTERS_PER_TOKEN);
  known.set(definitions, tokens);
  return tokens;
}
