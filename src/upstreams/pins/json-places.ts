/** @module upstreams/pins/json-places: where something stands in a JSON text, for messages to whoever edited it. */

/** Line from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line += 1;
  return line;
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Level {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  step: string;
  index: number;
}

/** Visits every key and item of valid JSON with its path; stops when the visitor returns true. */
function walk(text: string, visit: (path: readonly Level[], offset: number, isRepeated: boolean) => boolean): void {
  const levels: Level[] = [];
  let expectsKey = false;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const level = levels.at(-1);
    if (expectsKey && level && token.startsWith('"')) {
      level.step = String(JSON.parse(token));
      const isRepeated = level.keys.has(level.step);
      level.keys.add(level.step);
      expectsKey = false;
      if (visit(levels, index, isRepeated)) return;
    } else if (token === '{' || token === '[') {
      levels.push({ isObject: token === '{', keys: new Set(), step: '0', index: 0 });
      expectsKey = token === '{';
    } else if (token === '}' || token === ']') {
      levels.pop();
      expectsKey = false;
    } else if (token === ',' && level) {
      level.index += 1;
      if (!level.isObject) level.step = String(level.index);
      expectsKey = level.isObject;
    }
  }
}

/** Offset of the key that the steps lead to, or of the deepest one on the way that is there. The text must be valid JSON. */
export function findPlace(text: string, steps: readonly string[]): number {
  let [best, depth] = [0, 0];
  walk(text, (levels, offset) => {
    if (levels.length <= depth || levels.length > steps.length || levels.some(({ step }, at) => step !== steps[at])) return false;
    [best, depth] = [offset, levels.length];
    return depth === steps.length;
  });
  return best;
}

/** The first key that its object has twice: parsers would silently keep the last. The text must be valid JSON. */
export function findRepeatedKey(text: string): { readonly key: string; readonly offset: number } | undefined {
  let found: { readonly key: string; readonly offset: number } | undefined;
  walk(text, (levels, offset, isRepeated) => {
    if (isRepeated) found = { key: levels.at(-1)?.step ?? '', offset };
    return isRepeated;
  });
  return found;
}
