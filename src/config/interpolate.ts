/** @module config/interpolate: fills `${NAME}` into the texts of a parsed file. */
import { isObject } from '../core/json.ts';
import type { ParsedDocument } from './document.ts';
import { dottedName, joinPointer, matchesPointer } from './pointer.ts';
import type { ConfigProblem } from './problem.ts';
import { fillTemplate, isFault, parseTemplate, type Reference } from './template.ts';

/** A credential whose variable is not set: its key is left out, and what needs it is not configured. */
export interface MissingCredential {
  readonly pointer: string;
  readonly variable: string;
  readonly source: string;
  readonly line: number | null;
}

/** The file's values with every reference filled in, and what happened on the way. */
export interface Interpolation {
  readonly value: unknown;
  /** Pointers of the values that came, in part or whole, from variables. */
  readonly interpolated: readonly string[];
  readonly faults: readonly ConfigProblem[];
  readonly unset: readonly ConfigProblem[];
  readonly missingCredentials: readonly MissingCredential[];
}

/**
 * Fills in every text value (keys stay as they are). Values of variables are never parsed again, so
 * they cannot add keys. A result is a text even when it looks like a number: validation converts
 * it where the schema wants a number.
 *
 * @param optional patterns of pointers (`*` = one step) where an unset variable is no error
 */
export function interpolate(document: ParsedDocument, lookup: (name: string) => string | undefined, optional: readonly string[]): Interpolation {
  const result = { interpolated: [] as string[], faults: [] as ConfigProblem[], unset: [] as ConfigProblem[], missingCredentials: [] as MissingCredential[] };

  const fill = (text: string, pointer: string): string | undefined => {
    const template = parseTemplate(text);
    if (isFault(template)) {
      const fix = 'Write ${NAME} or ${NAME:-default}; $${ is a literal ${.';
      result.faults.push({ ...placeIn(document, pointer, text.slice(template.index, template.index + 8)), pointer, message: template.message, fix });
      return text;
    }
    if (template.some((part) => typeof part !== 'string')) result.interpolated.push(pointer);
    const filled = fillTemplate(template, lookup);
    if ('text' in filled) return filled.text;
    const place = placeIn(document, pointer, `\${${filled.missing.name}`);
    if (optional.some((pattern) => matchesPointer(pattern, pointer))) {
      result.missingCredentials.push({ pointer, variable: filled.missing.name, source: place.source, line: place.line });
      return undefined;
    }
    result.unset.push({ ...place, ...unsetProblem(pointer, filled.missing) });
    return text;
  };

  const walk = (value: unknown, pointer: string): unknown => {
    if (typeof value === 'string') return value.includes('${') ? fill(value, pointer) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, joinPointer(pointer, index)));
    if (!isObject(value)) return value;
    const members = Object.entries(value).map(([key, member]) => [key, walk(member, joinPointer(pointer, key))] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  };
  return { value: walk(document.value, ''), ...result };
}

function unsetProblem(pointer: string, { name }: Reference): Pick<ConfigProblem, 'pointer' | 'message' | 'fix'> {
  const secret = secretNameOf(name);
  if (secret !== undefined) {
    return {
      pointer,
      message: `${dottedName(pointer)} needs the secret ${secret}, which is not set.`,
      fix: `Run \`switchyard secrets set ${secret}\`, or write \${${name}:-default}.`,
    };
  }
  return {
    pointer,
    message: `${dottedName(pointer)} needs the environment variable ${name}, which is not set.`,
    fix: `Set ${name} (the environment or a .env file beside the start), or write \${${name}:-default}.`,
  };
}

/** The name in a reference to a secret; undefined for one to a variable. */
export function secretNameOf(reference: string): string | undefined {
  return reference.startsWith(SECRET) ? reference.slice(SECRET.length) : undefined;
}

/** How to set what a reference names. */
export function howToSet(reference: string): string {
  const secret = secretNameOf(reference);
  return secret === undefined ? `Set ${reference} in the environment or in .env` : `Run \`switchyard secrets set ${secret}\``;
}

const SECRET = 'secret:';

/** The exact place of a piece of text inside a value; the value's start where the text is written with escapes. */
function placeIn({ source, marks }: ParsedDocument, pointer: string, piece: string): Pick<ConfigProblem, 'source' | 'line' | 'column'> {
  const mark = marks.get(pointer) ?? { start: 0, end: 0 };
  const within = source.text.slice(mark.start, mark.end).indexOf(piece);
  return { source: source.label, ...source.lines.at(mark.start + Math.max(0, within)) };
}
