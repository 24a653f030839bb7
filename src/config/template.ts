/** @module config/template: the grammar of `${NAME}` and `${secret:NAME}` inside texts. */

/** A reference to a variable. `index` is its offset in the text. */
export interface Reference {
  /** Of a variable, or `secret:` and the name of a secret. */
  readonly name: string;
  readonly index: number;
  /** What stands in when the variable is unset or empty; absent = it must be set. */
  readonly fallback?: Template | undefined;
}

/** A text with references. */
export type Template = readonly (string | Reference)[];

/** Where the grammar is broken. */
export interface TemplateFault {
  readonly index: number;
  readonly message: string;
}

/** The outcome of filling in: the text, or the first reference that has no value. */
export type Filled = { readonly text: string } | { readonly missing: Reference };

const NAME = /secret:[A-Za-z_][A-Za-z0-9_.-]*|[A-Za-z_][A-Za-z0-9_]*/y;
const MAX_NESTING = 8;

/**
 * Parses `${NAME}`, `${secret:NAME}`, `${NAME:-default}` (the default may hold references and ends at the first `}`)
 * and the escape `$${` for a literal `${`. Every other `$` is text.
 */
export function parseTemplate(text: string): Template | TemplateFault {
  const result = parseParts(text, 0, false, 0);
  return 'message' in result ? result : result.parts;
}

/** Whether the parser gave up. */
export function isFault(value: Template | TemplateFault): value is TemplateFault {
  return 'message' in value;
}

/** Fills in the variables. Their values are taken as they are: references inside them stay text. */
export function fillTemplate(template: Template, lookup: (name: string) => string | undefined): Filled {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = lookup(part.name);
    if (value !== undefined && (value !== '' || !part.fallback)) {
      text += value;
      continue;
    }
    if (!part.fallback) return { missing: part };
    const filled = fillTemplate(part.fallback, lookup);
    if ('missing' in filled) return filled;
    text += filled.text;
  }
  return { text };
}

type Parts = { readonly parts: Template; readonly end: number };

/** Reads to the end of the text, or (inside a default) to the `}` that closes it. */
function parseParts(text: string, from: number, isDefault: boolean, nesting: number): Parts | TemplateFault {
  const parts: (string | Reference)[] = [];
  let literal = '';
  let index = from;
  while (index < text.length && !(isDefault && text[index] === '}')) {
    if (text.startsWith('$${', index)) {
      literal += '${';
      index += 3;
    } else if (text.startsWith('${', index)) {
      const reference = parseReference(text, index, nesting);
      if ('message' in reference) return reference;
      parts.push(literal, reference.reference);
      literal = '';
      index = reference.end;
    } else {
      literal += text[index];
      index += 1;
    }
  }
  parts.push(literal);
  return { parts: parts.filter((part) => part !== ''), end: index };
}

function parseReference(text: string, index: number, nesting: number): { readonly reference: Reference; readonly end: number } | TemplateFault {
  if (nesting >= MAX_NESTING) return { index, message: 'Defaults are nested too deeply.' };
  NAME.lastIndex = index + 2;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return { index, message: 'After ${ a variable name is expected.' };
  const end = index + 2 + name.length;
  if (text[end] === '}') return { reference: { name, index }, end: end + 1 };
  if (!text.startsWith(':-', end)) return { index, message: `After \${${name} either } or :- is expected.` };
  const fallback = parseParts(text, end + 2, true, nesting + 1);
  if ('message' in fallback) return fallback;
  if (text[fallback.end] !== '}') return { index, message: `The \${${name}:-… is not closed.` };
  return { reference: { name, index, fallback: fallback.parts }, end: fallback.end + 1 };
}
