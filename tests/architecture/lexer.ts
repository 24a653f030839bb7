/**
 * Cuts JavaScript or TypeScript into tokens, as far as the house rules need it: words, strings,
 * templates, regular expressions, comments and punctuation, each with its place.
 */

/** One token. `text` of a string is its content without quotes (escapes untouched), otherwise the source text. */
export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'number' | 'punctuation' | 'comment';
  readonly text: string;
  /** Offset of its first character. */
  readonly at: number;
  /** 1-based line of its first character. */
  readonly line: number;
  /** 1-based line of its last character. */
  readonly endLine: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xob][\da-f_]+|[\d_]*\.?[\d_]+(?:e[+-]?\d+)?)n?/iy;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const REGEX = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const PUNCTUATION = /=>|\?\.(?!\d)|\?\?=?|\.\.\.|[-+*/%&|^<>=!~?:;,.(){}[\]]/y;
/** After these a slash begins a regular expression, not a division. */
const BEFORE_REGEX = new Set([
  '(',
  ',',
  '=',
  ':',
  '[',
  '!',
  '&',
  '|',
  '?',
  '{',
  '}',
  ';',
  '=>',
  '+',
  '-',
  '*',
  '%',
  '<',
  '>',
  '~',
  '^',
  '??',
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'do',
  'else',
  'void',
  'await',
  'yield',
  'throw',
  'new',
  'delete',
]);

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** End of the template literal that begins at `at`, nested ones included. */
function templateEnd(source: string, at: number): number {
  let index = at + 1;
  while (index < source.length) {
    const character = source[index];
    if (character === '\\') index += 2;
    else if (character === '`') return index + 1;
    else if (character === '$' && source[index + 1] === '{') index = substitutionEnd(source, index + 2);
    else index += 1;
  }
  return index;
}

/** Offset after the brace that closes a `${`. */
function substitutionEnd(source: string, at: number): number {
  let index = at;
  for (let depth = 1; index < source.length && depth > 0; ) {
    const skipped = matchAt(STRING, source, index) ?? matchAt(COMMENT, source, index);
    if (skipped !== undefined) index += skipped.length;
    else if (source[index] === '`') index = templateEnd(source, index);
    else {
      if (source[index] === '{') depth += 1;
      if (source[index] === '}') depth -= 1;
      index += 1;
    }
  }
  return index;
}

function scanOne(source: string, at: number, mayBeRegex: boolean): { readonly kind: Token['kind']; readonly length: number } | undefined {
  const comment = matchAt(COMMENT, source, at);
  if (comment !== undefined) return { kind: 'comment', length: comment.length };
  const string = matchAt(STRING, source, at);
  if (string !== undefined) return { kind: 'string', length: string.length };
  if (source[at] === '`') return { kind: 'template', length: templateEnd(source, at) - at };
  const regex = mayBeRegex ? matchAt(REGEX, source, at) : undefined;
  if (regex !== undefined) return { kind: 'regex', length: regex.length };
  for (const [kind, pattern] of [
    ['word', WORD],
    ['number', NUMBER],
    ['punctuation', PUNCTUATION],
  ] as const) {
    const text = matchAt(pattern, source, at);
    if (text !== undefined && text !== '') return { kind, length: text.length };
  }
  return undefined;
}

/** All tokens in order. @throws SyntaxError at a character that begins no token */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let previous: Token | undefined;
  for (let at = 0; at < source.length; ) {
    const character = source[at] ?? '';
    if (/\s/.test(character)) {
      if (character === '\n') line += 1;
      at += 1;
      continue;
    }
    const mayBeRegex = previous === undefined || (previous.kind !== 'string' && previous.kind !== 'template' && BEFORE_REGEX.has(previous.text));
    const found = scanOne(source, at, mayBeRegex);
    if (found === undefined) throw new SyntaxError(`no token begins with ${JSON.stringify(character)} in line ${line}`);
    const raw = source.slice(at, at + found.length);
    const endLine = line + raw.split('\n').length - 1;
    const token: Token = { kind: found.kind, text: found.kind === 'string' ? raw.slice(1, -1) : raw, at, line, endLine };
    tokens.push(token);
    if (token.kind !== 'comment') previous = token;
    line = endLine;
    at += found.length;
  }
  return tokens;
}
