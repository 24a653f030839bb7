/** @module identity/tokens/strict-json: JSON objects with one reading only. */
import { isUtf8 } from 'node:buffer';
import { isObject, type JsonObject } from '../../core/json.ts';

const TEXT = /"(?:[^"\\]|\\.)*"/y;
const COLON = /\s*:/y;
const MAX_DEPTH = 16;

/**
 * The object in the bytes. Undefined for anything else, for bytes that are not UTF-8, for nesting
 * deeper than 16, for a name with an escape in it, and for a member that stands twice in one object: of
 * two, one reader takes the first and another the last.
 *
 * @see RFC 7519 section 4 (names of claims must be unique), RFC 8725 section 2.8
 */
export function parseObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasTwin(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Walks valid JSON: a text before a colon is the name of a member of the innermost object. */
function hasTwin(text: string): boolean {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(new Set());
      if (open.length > MAX_DEPTH) return true;
    } else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      TEXT.lastIndex = at;
      const [token = ''] = TEXT.exec(text) ?? [];
      at += Math.max(0, token.length - 1);
      COLON.lastIndex = at + 1;
      if (!COLON.test(text)) continue;
      // Nobody has a reason to escape the name of a claim but to hide it.
      const names = open.at(-1);
      if (token.includes('\\') || names?.has(token) === true) return true;
      names?.add(token);
    }
  }
  return false;
}
