/** @module telemetry/redact: from anything to plain JSON data that is safe to keep in a log. */
import { hideSecrets } from '../core/secret-text.ts';

const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_ENTRIES = 64;
const MAX_TEXT = 4096;

/** Numbers and booleans under such names are counts and flags (`input_tokens`), not secrets. */
const SECRET_NAME = /pass(?:word|wd|phrase)|secret|token|authorization|cookie|api[-_]?key|credential|private[-_]?key|session[-_]?id/i;

/**
 * A copy of plain data: text under a secret-looking name and text that looks like a key, a bearer
 * header, a JWT or a link with a token is replaced. Bounded in depth, entries and text length.
 * Errors become {name, message, code, stack, cause}. Never throws, whatever getters and proxies do.
 *
 * A guess, not a guarantee: callers still must not log arguments or credentials.
 */
export function toLoggable(value: unknown, depth: number = 0): unknown {
  try {
    return convert(value, depth);
  } catch {
    return '[unreadable]';
  }
}

/** The text with everything that looks like a secret replaced, cut at 4 096 characters. */
export function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return hideSecrets(short);
}

function convert(value: unknown, depth: number): unknown {
  if (typeof value === 'object') return convertObject(value, depth);
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return `${value}`;
    case 'symbol':
      return value.toString();
    case 'function':
      return '[function]';
    default:
      return undefined;
  }
}

function convertObject(value: object | null, depth: number): unknown {
  if (value === null) return null;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return convertError(value, depth);
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => toLoggable(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return convertMembers(value, depth);
}

function convertMembers(value: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(value).slice(0, MAX_ENTRIES)) copy[redactText(name)] = redactMember(value, name, depth);
  return copy;
}

function redactMember(owner: object, name: string, depth: number): unknown {
  let value: unknown;
  try {
    value = (owner as Readonly<Record<string, unknown>>)[name];
  } catch {
    return '[unreadable]';
  }
  const isHarmless = typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined;
  return !isHarmless && SECRET_NAME.test(name) ? REDACTED : toLoggable(value, depth + 1);
}

function convertError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code = (error as { readonly code?: unknown }).code;
  return {
    name,
    message: redactText(String(message)),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(stack === undefined ? {} : { stack: redactText(String(stack)) }),
    ...(cause === undefined ? {} : { cause: toLoggable(cause, depth + 1) }),
  };
}
