/** Finds what a source file imports, in every form the language has. */
import { type Token, tokenize } from './lexer.ts';

/** One arrow out of a file. */
export interface Import {
  /** As written; null when it is computed and cannot be known. */
  readonly specifier: string | null;
  /** `type` arrows vanish at run time; `worker` is a file named for a thread by `new URL(…, import.meta.url)`. */
  readonly kind: 'static' | 'dynamic' | 'type' | 'worker';
  readonly line: number;
}

/** `import('x')` and `require('x')`; in a type position it is a type import, which cannot be told apart here and is treated as code. */
function callImport(tokens: readonly Token[], index: number): Import {
  const first = tokens[index + 2];
  const isLiteral = first?.kind === 'string' && (tokens[index + 3]?.text === ')' || tokens[index + 3]?.text === ',');
  return { specifier: isLiteral ? first.text : null, kind: tokens[index - 1]?.text === 'typeof' ? 'type' : 'dynamic', line: tokens[index]?.line ?? 0 };
}

/** Every name in the braces carries `type`, and there are braces: `import { type A, type B } from`. */
function hasOnlyTypeNames(clause: readonly Token[]): boolean {
  const names = clause.map(({ text }) => text).join(' ');
  const inner = /^\{(.*)\}$/.exec(names)?.[1];
  return inner?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) === true;
}

/** `import … from 'x'`, `import 'x'`, `export … from 'x'`; undefined when the statement names no module. */
function statementImport(tokens: readonly Token[], index: number): Import | undefined {
  const line = tokens[index]?.line ?? 0;
  const next = tokens[index + 1];
  if (next?.kind === 'string') return { specifier: next.text, kind: 'static', line };
  if (tokens[index]?.text === 'export' && next?.text !== '{' && next?.text !== '*' && next?.text !== 'type') return undefined;
  for (let at = index + 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || token.text === ';' || token.text === '=' || (at > index + 1 && (token.text === 'import' || token.text === 'export')))
      return undefined;
    const source = tokens[at + 1];
    if (token.kind !== 'word' || token.text !== 'from' || source?.kind !== 'string') continue;
    const clause = tokens.slice(index + 1, at);
    const isType = (next?.text === 'type' && tokens[index + 2]?.text !== 'from' && tokens[index + 2]?.text !== ',') || hasOnlyTypeNames(clause);
    return { specifier: source.text, kind: isType ? 'type' : 'static', line };
  }
  return undefined;
}

/** `new URL('./x.ts', import.meta.url)`: the file runs, in a thread or a process of its own. */
function workerImport(tokens: readonly Token[], index: number): Import | undefined {
  const source = tokens[index + 3];
  const isUrl = tokens[index + 1]?.text === 'URL' && tokens[index + 2]?.text === '(' && source?.kind === 'string' && tokens[index + 5]?.text === 'import';
  return isUrl && source.text.endsWith('.ts') ? { specifier: source.text, kind: 'worker', line: source.line } : undefined;
}

/** All imports of the source text, in order. */
export function findImports(source: string): Import[] {
  const tokens = tokenize(source).filter(({ kind }) => kind !== 'comment');
  return tokens.flatMap((token, index) => {
    const isProperty = tokens[index - 1]?.text === '.' || tokens[index - 1]?.text === '?.';
    if (token.kind !== 'word' || isProperty) return [];
    const following = tokens[index + 1]?.text;
    if ((token.text === 'import' || token.text === 'require') && following === '(') return [callImport(tokens, index)];
    if ((token.text === 'import' && following !== '.') || token.text === 'export') return statementImport(tokens, index) ?? [];
    return token.text === 'new' ? (workerImport(tokens, index) ?? []) : [];
  });
}
