/** Rules of the house about one file at a time. Each check returns what is wrong, for a person to read. */
import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';
import type { Finding } from './boundaries.ts';
import { type Token, tokenize } from './lexer.ts';
import type { SourceFile } from './source-files.ts';

const MAX_LINES = 400;
const MAX_UNEXPLAINED_LINES = 250;
const MAX_FUNCTION_LINES = 50;
const BANNED_FILE_NAME = /(?:^|[-.])(?:util|helper|common|manager)s?(?=[-.]|$)/;
const KEBAB_CASE = /^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/;
const BANNED_NAMES = new Set(['msg', 'req', 'cfg']);
const TODO = /\b(?:TODO|FIXME|XXX|HACK)\b(?:\(([\w-]+)\))?/;
const COMMENTED_OUT = /^\/\/\s*(?:(?:const|let|var|import|export|return|await|throw)\b.*[;{]|\}(?:\s*else\b.*)?|[\w.]+\(.*\);)$/;
const DECLARATIONS = new Set(['const', 'let', 'function', 'class', 'interface', 'type', 'async', 'abstract']);

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** More than 400 lines fail whatever the reason. */
export function checkLength({ path, text }: SourceFile): Finding[] {
  const lines = lineCount(text);
  return lines > MAX_LINES ? [{ path, line: MAX_LINES, message: `${lines} lines: split it (limit ${MAX_LINES})` }] : [];
}

/** Files of more than 250 lines whose first comment does not say why they are "longer than" that. */
export function findUnexplainedLength({ path, text }: SourceFile): Finding[] {
  const lines = lineCount(text);
  const header = tokenize(text).find(({ kind }) => kind === 'comment');
  if (lines <= MAX_UNEXPLAINED_LINES || header?.text.includes('onger than')) return [];
  return [{ path, line: MAX_UNEXPLAINED_LINES, message: `${lines} lines: split it, or say in its header why it is longer than ${MAX_UNEXPLAINED_LINES}` }];
}

/** File names: kebab-case, and none of the words that name nothing. */
export function checkFileName({ path }: SourceFile): Finding[] {
  const names = path.split('/').slice(1);
  const banned = names.filter((name) => BANNED_FILE_NAME.test(name.replace(/\.ts$/, ''))).map((name) => `${name} says nothing about its content`);
  const odd = KEBAB_CASE.test(posix.basename(path)) ? [] : ['the file name is not kebab-case'];
  return [...banned, ...odd].map((message) => ({ path, line: 1, message }));
}

/** `any`, non-null `!`: what type stripping takes away is exactly what is a type. Syntax that must be compiled (enum, namespace, parameter properties) fails to strip. */
export function checkTypes({ path, text }: SourceFile): Finding[] {
  let stripped: string;
  try {
    stripped = stripTypeScriptTypes(text, { mode: 'strip' });
  } catch (error) {
    return [{ path, line: 1, message: `not erasable: ${error instanceof Error ? error.message.split('\n').at(-1) : String(error)}` }];
  }
  return tokenize(text).flatMap(({ kind, text: word, at, line }, index, tokens) => {
    const isType = (kind === 'word' || kind === 'punctuation') && stripped.slice(at, at + word.length) !== word;
    if (isType && word === 'any' && tokens[index + 1]?.text !== ':') return [{ path, line, message: 'any' }];
    return isType && word === '!' ? [{ path, line, message: 'non-null !' }] : [];
  });
}

/** Default exports, and names the house spells out. */
export function checkWords({ path, text }: SourceFile): Finding[] {
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'comment');
  return tokens.flatMap(({ kind, text: word, line }, index) => {
    if (kind !== 'word' || tokens[index - 1]?.text === '.') return [];
    if (word === 'export' && tokens[index + 1]?.text === 'default') return [{ path, line, message: 'default export' }];
    if (word === 'as' && tokens[index + 1]?.text === 'default') return [{ path, line, message: 'default export' }];
    const isWireMember = tokens[index + 1]?.text === ':' && tokens[index - 1]?.text !== '(' && tokens[index - 1]?.text !== ',';
    return BANNED_NAMES.has(word) && !isWireMember ? [{ path, line, message: `${word}: spell it out` }] : [];
  });
}

/** Promises to do it later need an entry in docs/known-gaps.md; code in comments needs nothing but deletion. */
export function checkComments({ path, text }: SourceFile, knownGaps: string): Finding[] {
  return tokenize(text).flatMap(({ kind, text: comment, line }) => {
    if (kind !== 'comment') return [];
    const todo = TODO.exec(comment);
    if (todo && !(todo[1] !== undefined && knownGaps.includes(todo[1])))
      return [{ path, line, message: `${todo[0]} without an entry in docs/known-gaps.md: write TODO(<its name there>)` }];
    return COMMENTED_OUT.test(comment.trim()) ? [{ path, line, message: 'commented-out code' }] : [];
  });
}

/** Every declaration that is exported says what it guarantees, directly above. */
export function checkDocstrings({ path, text }: SourceFile): Finding[] {
  const tokens = tokenize(text);
  return tokens.flatMap((token, index) => {
    const next = tokens[index + 1];
    if (token.text !== 'export' || token.kind !== 'word' || !DECLARATIONS.has(next?.text ?? '') || tokens[index + 2]?.text === '{') return [];
    const above = tokens[index - 1];
    if (above?.kind === 'comment' && above.text.startsWith('/**') && above.endLine === token.line - 1) return [];
    if (isOverloadOf(tokens, index)) return [];
    const name = tokens.slice(index + 1, index + 5).find(({ text: word }) => !DECLARATIONS.has(word))?.text;
    return [{ path, line: token.line, message: `${name ?? 'an export'} has no docstring` }];
  });
}

/** Later signatures of an overloaded function share the first one's text. */
function isOverloadOf(tokens: readonly Token[], index: number): boolean {
  const name = tokens[index + 2]?.text;
  return (
    tokens[index + 1]?.text === 'function' &&
    tokens.slice(0, index).some((token, at) => token.text === 'function' && tokens[at + 1]?.text === name && tokens[at - 1]?.text === 'export')
  );
}

interface Block {
  readonly isFunction: boolean;
  readonly line: number;
  /** Lines that belong to functions inside. */
  inner: number;
}

/** Index of the token that opens the bracket closed at `index`. */
function openingOf(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at >= 0; at -= 1) {
    const text = tokens[at]?.kind === 'punctuation' ? tokens[at]?.text : undefined;
    if (text === ')') depth += 1;
    if (text === '(') depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

const STATEMENTS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);

/** The block that a `{` opens: a function begins at its parameters. Types have been stripped. */
function blockAt(tokens: readonly Token[], index: number): Block {
  const before = tokens[index - 1];
  const line = tokens[index]?.line ?? 0;
  if (before?.kind !== 'punctuation') return { isFunction: false, line, inner: 0 };
  if (before.text === '=>') {
    const parameters = tokens[index - 2]?.text === ')' ? tokens[openingOf(tokens, index - 2)] : tokens[index - 2];
    return { isFunction: true, line: parameters?.line ?? line, inner: 0 };
  }
  if (before.text !== ')') return { isFunction: false, line, inner: 0 };
  const opening = openingOf(tokens, index - 1);
  const keyword = tokens[opening - 1];
  return { isFunction: keyword?.kind === 'word' && !STATEMENTS.has(keyword.text), line: keyword?.line ?? line, inner: 0 };
}

/** Functions of 50 lines and more. What stands in a function inside counts for that one: a factory is as long as its own lines. */
export function checkFunctions({ path, text }: SourceFile): Finding[] {
  const tokens = tokenize(stripTypeScriptTypes(text, { mode: 'strip' })).filter(({ kind }) => kind !== 'comment');
  const open: Block[] = [];
  const findings: Finding[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== 'punctuation') return;
    if (token.text === '{') open.push(blockAt(tokens, index));
    if (token.text !== '}') return;
    const block = open.pop();
    const parent = open.at(-1);
    if (block === undefined) return;
    const total = token.line - block.line + 1;
    const own = total - block.inner;
    if (block.isFunction && own >= MAX_FUNCTION_LINES)
      findings.push({ path, line: block.line, message: `a function of ${own} lines (limit ${MAX_FUNCTION_LINES - 1})` });
    if (parent) parent.inner += block.isFunction && total > 1 ? total : block.inner;
  });
  return findings;
}
