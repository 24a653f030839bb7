/** @module tools/uri-template: URI templates of level 1, and the way back from a URI. */
import { AppError } from '../core/errors.ts';

/** Where a template has its variables. */
export interface UriTemplate {
  readonly variables: readonly string[];
  /** What the variables are in this URI, decoded; undefined when the URI is not of the template. */
  match(uri: string): Readonly<Record<string, string>> | undefined;
}

const EXPRESSION = /\{([^{}]*)\}/g;
const MAX_URI = 4096;

/**
 * Reads a template such as `notes://{folder}/{name}`. A variable stands for one or more characters
 * without `/`, `?` and `#`, and for as few of them as the text after it allows.
 *
 * Decoded values may hold anything, also `/` and `..`: they come from the caller.
 *
 * @throws AppError DEFINITION_INVALID for operators and modifiers of higher levels, variables without a text between them, or a name used twice
 * @see RFC 6570 section 1.2
 */
export function parseUriTemplate(template: string): UriTemplate {
  const refuse = (problem: string): never => {
    throw new AppError('DEFINITION_INVALID', { message: `The URI template ${JSON.stringify(template.slice(0, 200))} ${problem}.` });
  };
  const variables: string[] = [];
  const texts: string[] = [];
  let end = 0;
  for (const { 0: expression, 1: name = '', index } of template.matchAll(EXPRESSION)) {
    if (!/^[A-Za-z0-9_]{1,64}$/.test(name)) return refuse('uses more than level 1: only {name} is supported');
    if (variables.includes(name)) return refuse(`names {${name}} twice`);
    if (index === end && variables.length > 0) return refuse('has two variables without a text between them');
    variables.push(name);
    texts.push(template.slice(end, index));
    end = index + expression.length;
  }
  texts.push(template.slice(end));
  if (variables.length === 0) return refuse('has no variable; use uri instead');
  if (texts.some((text) => /[{}]/.test(text))) return refuse('has a brace that is not closed');
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(texts[0] ?? '')) return refuse('must begin with a scheme such as notes:');
  return { variables, match: (uri) => (uri.length <= MAX_URI ? matchTexts(uri, texts, variables) : undefined) };
}

function matchTexts(uri: string, texts: readonly string[], variables: readonly string[]): Readonly<Record<string, string>> | undefined {
  const [prefix = ''] = texts;
  if (!uri.startsWith(prefix)) return undefined;
  const found: [string, string][] = [];
  let at = prefix.length;
  for (const [index, name] of variables.entries()) {
    const next = texts[index + 1] ?? '';
    const isLast = index === variables.length - 1;
    const end = isLast ? uri.length - next.length : uri.indexOf(next, at + 1);
    const value = end > at && uri.startsWith(next, end) ? decode(uri.slice(at, end)) : undefined;
    if (value === undefined) return undefined;
    found.push([name, value]);
    at = end + next.length;
  }
  return Object.fromEntries(found);
}

/** Undefined for what a variable cannot stand for. */
function decode(text: string): string | undefined {
  if (/[/?#]/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
