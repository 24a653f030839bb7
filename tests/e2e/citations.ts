/** Which tests cite which clauses. */
import { tokenize } from '../architecture/lexer.ts';
import type { SourceFile } from '../architecture/source-files.ts';
import type { Requirement } from './requirements.ts';

const ID = /\b[A-Z]\d{1,2}\.[a-z]\b/g;

/** Id → files that cite it: in a string that stands first in a call's parentheses (a test's name), or in a comment after `@requirement`. */
export function findCitations(files: readonly SourceFile[]): Map<string, string[]> {
  const citations = new Map<string, string[]>();
  for (const { path, text } of files) {
    const tokens = tokenize(text);
    tokens.forEach((token, index) => {
      const isName =
        (token.kind === 'string' || token.kind === 'template') &&
        tokens[index - 1]?.text === '(' &&
        /^(?:it|test|describe|each|skipIf|runIf|concurrent|\))$/.test(tokens[index - 2]?.text ?? '');
      const isComment = token.kind === 'comment' && token.text.includes('@requirement');
      if (!isName && !isComment) return;
      for (const [id] of token.text.matchAll(ID)) citations.set(id, [...(citations.get(id) ?? []), path]);
    });
  }
  return citations;
}

/** What is wrong between the manifest and the tests, for a person to read. */
export function findGaps(
  requirements: readonly Requirement[],
  citations: ReadonlyMap<string, readonly string[]>,
  openReasons: Readonly<Record<string, string>>,
): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  return [
    ...requirements
      .filter(({ id, status }) => status === 'done' && !citations.has(id))
      .map(({ id, clause }) => `${id} counts as done, but no test cites it: ${clause}`),
    ...requirements.filter(({ status, reason }) => status === 'open' && (reason ?? '').trim() === '').map(({ id }) => `${id} is open without a reason`),
    ...[...citations].filter(([id]) => !known.has(id)).map(([id, files]) => `${id} is not in the manifest, but cited in ${files.join(', ')}`),
    ...Object.keys(openReasons)
      .filter((id) => !known.has(id))
      .map((id) => `${id} stands in open-requirements.ts, but not in the manifest`),
  ];
}
