/** @module upstreams/scan/scan-result: what a server answers, looked through before a model reads it. Nothing is taken away: results are tagged. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { scanText } from './scan-text.ts';

/** Member of `_meta` with the ids of the rules that saw something. */
export const FINDINGS_KEY = 'switchyard/findings';
/** Member of `_meta` with the number of characters that were cut off. */
export const TRUNCATED_KEY = 'switchyard/truncated';

/** What of a result is looked at: instructions stand at its start or its end. */
const HEAD = 32_768;
const TAIL = 8_192;
/** Weak hints are no news in documents and code. */
const MIN_SCORE = 60;
const MAX_TEXTS = 256;

/** Ids of the rules that object to the texts of a result (contents, embedded resources, structured content), sorted. */
export function scanResult(result: JsonObject): readonly string[] {
  const rules = new Set<string>();
  let [room, count] = [HEAD, 0];
  for (const text of textsIn(result['content'], result['structuredContent'])) {
    if (count >= MAX_TEXTS) break;
    count += 1;
    const shown = text.length <= room ? text : `${text.slice(0, room)} ${text.slice(-TAIL)}`;
    room = Math.max(0, room - text.length);
    for (const { rule, score } of scanText(shown)) if (score >= MIN_SCORE) rules.add(rule);
  }
  return [...rules].sort();
}

/**
 * The result with its tags; itself where there is nothing to say. Text beyond the limit is cut off, and said so at its end.
 *
 * @throws AppError RESPONSE_TOO_LARGE where structured content, which cannot be cut, is beyond the limit
 */
export function tagResult(result: JsonObject, maxCharacters: number): JsonObject {
  const rules = scanResult(result);
  const { content, cut } = capContent(result['content'], maxCharacters);
  if (cut > 0 && result['structuredContent'] !== undefined) throw new AppError('RESPONSE_TOO_LARGE');
  if (rules.length === 0 && cut === 0) return result;
  const meta = isObject(result['_meta']) ? result['_meta'] : {};
  const tags = { ...(rules.length > 0 ? { [FINDINGS_KEY]: rules } : {}), ...(cut > 0 ? { [TRUNCATED_KEY]: cut } : {}) };
  return { ...result, ...(cut > 0 ? { content } : {}), _meta: { ...meta, ...tags } };
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
