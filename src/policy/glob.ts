/** @module policy/glob: patterns for names and paths, matched in one pass whatever the text. */
import { AppError } from '../core/errors.ts';

/** Says whether the whole text matches. Not reentrant, which a synchronous function never needs to be. */
export type Glob = (text: string) => boolean;

const MAX_LENGTH = 1_024;
const WORD = 32;
const SLASH = 47;
const FORBIDDEN = /[[\]{}\p{Cc}]/u;

/**
 * Case and Unicode spelling taken away, as far as file systems do that ignore them. For denials: a
 * forbidden name must not be reachable by writing it differently.
 */
export function foldName(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase();
}

/** The states of the automaton as bit sets; bit p = the first p characters of the pattern are matched. */
interface Program {
  readonly words: number;
  /** Number of characters the pattern consumes, stars aside. */
  readonly length: number;
  /** Character code → positions that it may lead to. */
  readonly byCode: ReadonlyMap<number, Uint32Array>;
  /** Positions that any character but `/` leads to: those after a `?`. */
  readonly byAny: Uint32Array;
  /** Positions with a star, which stay on any character but `/`; with `**`, on any. */
  readonly stay: Uint32Array;
  readonly stayOnSlash: Uint32Array;
  /** Positions with `**` before a `/` at the start of a segment: no folder at all matches too. */
  readonly skip: Uint32Array;
}

interface Draft {
  /** What each position consumes: a character code, or -1 for any but `/`. */
  readonly tokens: number[];
  readonly stars: Set<number>;
  readonly doubleStars: Set<number>;
  readonly skips: Set<number>;
}

/**
 * `*` stands for any characters but `/`, `**` for any at all, `?` for one that is not `/`; `\` takes
 * the next one literally. A `**` that fills a whole segment also stands for no segment: `a/**` matches
 * `a` itself and all below it, and `**` followed by `/b` matches `b` at any depth. Case counts.
 *
 * @param where names the place in the configuration, for the message
 * @throws AppError CONFIG_INVALID for an empty pattern, one above 1024 characters, a lone `\` at the
 * end, and unescaped brackets or braces (elsewhere they mean something, here they would match nothing)
 */
export function compileGlob(pattern: string, where: string): Glob {
  // What every role has: nothing to look at, and no expression to compile at the start.
  if (pattern === '**') return () => true;
  const draft = parse(pattern, where);
  if (draft.stars.size + draft.doubleStars.size === 0 && !draft.tokens.includes(-1)) {
    const literal = String.fromCharCode(...draft.tokens);
    return (text) => text === literal;
  }
  if (draft.tokens.length === 0 && draft.doubleStars.size > 0) return () => true;
  const program = assemble(draft);
  const state = new Uint32Array(program.words);
  const matches: Glob = (text) => run(program, state, text);
  if (!pattern.endsWith('/**') || pattern.length === 3 || pattern.endsWith('\\/**')) return matches;
  const itself = compileGlob(pattern.slice(0, -3), where);
  return (text) => itself(text) || matches(text);
}

/** Whether any of the patterns matches; none for an empty list. @throws AppError CONFIG_INVALID */
export function compileGlobs(patterns: readonly string[], where: string): Glob {
  const globs = patterns.map((pattern, index) => compileGlob(pattern, `${where}[${index}]`));
  const [only] = globs;
  if (only && globs.length === 1) return only;
  if (patterns.includes('**')) return () => true;
  return (text) => globs.some((matches) => matches(text));
}

/** As compileGlobs, but case and Unicode spelling do not count. */
export function compileFoldedGlobs(patterns: readonly string[], where: string): Glob {
  const matches = compileGlobs(patterns.map(foldName), where);
  return (text) => matches(foldName(text));
}

function parse(pattern: string, where: string): Draft {
  const fail = (problem: string): never => {
    throw new AppError('CONFIG_INVALID', { message: `${where}: the pattern ${JSON.stringify(pattern.slice(0, 100))} ${problem}.` });
  };
  if (pattern === '') fail('is empty');
  if (pattern.length > MAX_LENGTH) fail(`is longer than ${MAX_LENGTH} characters`);
  if (/\\$/.test(pattern.replaceAll('\\\\', ''))) fail('ends with a lone backslash');
  const special = pattern.replace(/\\./gs, 'x');
  if (special.includes('***')) fail('has three stars in a row');
  if (FORBIDDEN.test(special)) fail('has brackets, braces or control characters; only *, ** and ? are special, write several patterns instead');
  const draft: Draft = { tokens: [], stars: new Set(), doubleStars: new Set(), skips: new Set() };
  let index = 0;
  while (index < pattern.length) index = parseOne(pattern, index, draft);
  return draft;
}

/** Reads what stands at the index and returns the index after it. */
function parseOne(pattern: string, index: number, { tokens, stars, doubleStars, skips }: Draft): number {
  const character = pattern[index];
  if (character === '\\') {
    tokens.push(pattern.charCodeAt(index + 1));
    return index + 2;
  }
  if (character !== '*') {
    tokens.push(character === '?' ? -1 : pattern.charCodeAt(index));
    return index + 1;
  }
  let end = index;
  while (pattern[end] === '*') end += 1;
  if (end - index === 1) stars.add(tokens.length);
  else if ((tokens.length === 0 || tokens.at(-1) === SLASH) && pattern[end] === '/' && !stars.has(tokens.length)) {
    // A second `**/` right after the first says the same again.
    if (skips.has(tokens.length - 1)) return end + 1;
    doubleStars.add(tokens.length);
    skips.add(tokens.length);
  } else doubleStars.add(tokens.length);
  return end;
}

function assemble({ tokens, stars, doubleStars, skips }: Draft): Program {
  const words = Math.ceil((tokens.length + 1) / WORD);
  const bits = (positions: Iterable<number>): Uint32Array => {
    const set = new Uint32Array(words);
    for (const position of positions) setBit(set, position);
    return set;
  };
  const after = (wanted: number): number[] => tokens.flatMap((token, index) => (token === wanted ? [index + 1] : []));
  const anyPositions = after(-1);
  const byCode = new Map(
    tokens.filter((token) => token >= 0).map((code): [number, Uint32Array] => [code, bits([...after(code), ...(code === SLASH ? [] : anyPositions)])]),
  );
  return {
    words,
    length: tokens.length,
    byCode,
    byAny: bits(anyPositions),
    stay: bits([...stars, ...doubleStars]),
    stayOnSlash: bits(doubleStars),
    skip: bits(skips),
  };
}

function setBit(set: Uint32Array, position: number): void {
  set[position >>> 5] = (set[position >>> 5] ?? 0) | (1 << (position & 31));
}

function run({ words, length, byCode, byAny, stay, stayOnSlash, skip }: Program, state: Uint32Array, text: string): boolean {
  state.fill(0);
  setBit(state, 0);
  if (((skip[0] ?? 0) & 1) === 1) setBit(state, 1);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const leadsTo = byCode.get(code) ?? (code === SLASH ? undefined : byAny);
    const stays = code === SLASH ? stayOnSlash : stay;
    let carry = 0;
    let skipCarry = 0;
    let alive = 0;
    for (let word = 0; word < words; word += 1) {
      const before = state[word] ?? 0;
      const arrived = ((before << 1) | carry) & (leadsTo?.[word] ?? 0);
      const skipping = arrived & (skip[word] ?? 0);
      state[word] = arrived | (skipping << 1) | skipCarry | (before & (stays[word] ?? 0));
      carry = before >>> 31;
      skipCarry = skipping >>> 31;
      alive |= state[word] ?? 0;
    }
    if (alive === 0) return false;
  }
  return (((state[length >>> 5] ?? 0) >>> (length & 31)) & 1) === 1;
}
