/** @module upstreams/scan/scan-result: what a server answers, looked through before a model reads it. Nothing is taken away: results are tagged. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { RuleHit } from './rule.ts';
import { scanText } from './scan-text.ts';

/** Member of `_meta` with the ids of the rules that saw something. */
export const FINDINGS_KEY = 'switchyard/findings';
/** Member of `_meta` with an excerpt for each of them, in the same order, in which nothing is invisible. */
const EXCERPTS_KEY = 'switchyard/excerpts';
/** Member of `_meta` with the number of characters that were cut off. */
export const TRUNCATED_KEY = 'switchyard/truncated';

/** What of a result is looked at: instructions stand at its start or its end. */
const HEAD = 32_768;
const TAIL = 8_192;
/** Of all ends together: many long texts must not cost without bound. */
const TAILS = 4 * TAIL;
/** Weak hints are no news in documents and code. */
const MIN_SCORE = 60;
const MAX_TEXTS = 256;

/** What objects to the texts of a result (contents, embedded resources, structured content, messages): of each rule the first hit, sorted by rule. */
export function findInResult(result: JsonObject): readonly RuleHit[] {
  const found = new Map<string, RuleHit>();
  let [room, tailRoom, count] = [HEAD, TAILS, 0];
  for (const text of textsIn(result['content'], result['structuredContent'], result['contents'], result['messages'])) {
    if (count >= MAX_TEXTS || room + tailRoom === 0) break;
    count += 1;
    const tail = text.length <= room ? 0 : Math.min(TAIL, tailRoom, text.length - room);
    const shown = tail === 0 ? text.slice(0, room) : `${text.slice(0, room)} ${text.slice(-tail)}`;
    room = Math.max(0, room - text.length);
    tailRoom -= tail;
    for (const hit of scanText(shown, { minScore: MIN_SCORE })) if (hit.score >= MIN_SCORE && !found.has(hit.rule)) found.set(hit.rule, hit);
  }
  return [...found.values()].sort((one, other) => (one.rule < other.rule ? -1 : 1));
}

/** Ids of the rules that object. */
export function scanResult(result: JsonObject): readonly string[] {
  return findInResult(result).map(({ rule }) => rule);
}

/** How a result is looked through. */
export interface ResultScan {
  readonly isScanned: boolean;
  readonly maxCharacters: number;
}

/** A result with its tags, and what they say. */
export interface ScannedResult {
  readonly result: JsonObject;
  readonly hits: readonly RuleHit[];
  /** Characters that were cut off. */
  readonly cut: number;
}

/**
 * The result with its tags; itself where there is nothing to say. Text beyond the limit is cut off, and said so at its end.
 * What was hidden in it (characters that a model reads and a person does not see) is shown in the excerpts.
 *
 * @throws AppError RESPONSE_TOO_LARGE where structured content, which cannot be cut, is beyond the limit
 */
export function scanAndTag(result: JsonObject, { isScanned, maxCharacters }: ResultScan): ScannedResult {
  const hits = isScanned ? findInResult(result) : [];
  const { content, cut } = capContent(result['content'], maxCharacters);
  const capped = capContent(result['contents'], maxCharacters);
  const cutAll = cut + capped.cut;
  if (cutAll > 0 && result['structuredContent'] !== undefined) throw new AppError('RESPONSE_TOO_LARGE');
  if (hits.length === 0 && cutAll === 0) return { result, hits, cut: 0 };
  const meta = isObject(result['_meta']) ? result['_meta'] : {};
  const tags = {
    ...(hits.length > 0 ? { [FINDINGS_KEY]: hits.map(({ rule }) => rule), [EXCERPTS_KEY]: hits.map(({ excerpt }) => excerpt) } : {}),
    ...(cutAll > 0 ? { [TRUNCATED_KEY]: cutAll } : {}),
  };
  const cuts = { ...(cut > 0 ? { content } : {}), ...(capped.cut > 0 ? { contents: capped.content } : {}) };
  return { result: { ...result, ...cuts, _meta: { ...meta, ...tags } }, hits, cut: cutAll };
}

function capContent(content: unknown, maxCharacters: number): { readonly content: unknown; readonly cut: number } {
  if (!Array.isArray(content)) return { content, cut: 0 };
  let [room, cut] = [maxCharacters, 0];
  const capped = content.map((item: unknown) => {
    if (!isObject(item) || typeof item['text'] !== 'string') return item;
    const { text } = item;
    if (text.length <= room) {
      room -= text.length;
      return item;
    }
    // Not between the halves of a pair.
    const end = /[\uD800-\uDBFF]/.test(text.charAt(room - 1)) ? room - 1 : room;
    cut += text.length - end;
    room = 0;
    return { ...item, text: `${text.slice(0, end)}\n[${text.length - end} characters were cut off by the gateway]` };
  });
  return { content: capped, cut };
}

/** Breadth first; nesting of others is no recursion here. */
function* textsIn(...roots: readonly unknown[]): Generator<string> {
  const queue: unknown[] = [...roots];
  for (let index = 0; index < queue.length && index < 20_000; index += 1) {
    const value = queue[index];
    if (typeof value === 'string') {
      if (value.length > 8) yield value;
    } else if (Array.isArray(value)) queue.push(...value.slice(0, 1000));
    else if (isObject(value)) {
      const isBinary = typeof value['data'] === 'string' && typeof value['mimeType'] === 'string';
      for (const [key, member] of Object.entries(value)) if (key !== 'blob' && !(isBinary && key === 'data')) queue.push(member);
    }
  }
}
