/** @module identity/tokens/compact: the outside of a signed token, before anything in it is believed. */
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from '../../contracts/identity-config.ts';
import type { JsonObject } from '../../core/json.ts';
import { refusal } from './refusal.ts';
import { parseObject } from './strict-json.ts';

/** Longer ones are refused unread. The head of a request has at most 16 KiB anyway. */
const MAX_LENGTH = 12_288;
const SHAPE = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
/** What may stand in a header; `x5t` and `x5t#S256` are hints that are not used. */
const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256']);
const MAX_KEY_ID = 512;

/** A token taken apart; nothing in it has been verified. */
export interface CompactToken {
  readonly token: string;
  readonly algorithm: TokenAlgorithm;
  readonly keyId: string | undefined;
  /** Lower case, without `application/`; undefined when the header has none. */
  readonly type: string | undefined;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/**
 * Takes a token apart. A header with anything that could choose the key or change how the token is
 * read (`jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`, `cty`, `zip`, `enc` …) is refused.
 *
 * @param alsoAllowed further members of the header
 * @throws AppError AUTHENTICATION_FAILED
 * @see RFC 8725 (best current practices), RFC 7515 section 4
 */
export function readCompact(token: string, alsoAllowed: readonly string[] = []): CompactToken {
  const [, head, body, signature] = (token.length <= MAX_LENGTH && SHAPE.exec(token)) || [];
  const header = decode(head);
  const claims = decode(body);
  if (!header || !claims || signature === undefined || !isCanonical(signature)) throw refusal('malformed');
  const { alg, kid, typ } = header;
  if (!isAlgorithm(alg)) throw refusal('algorithm');
  if (Object.keys(header).some((name) => !HEADER_MEMBERS.has(name) && !alsoAllowed.includes(name))) throw refusal('header');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID)) throw refusal('header');
  if (typ !== undefined && typeof typ !== 'string') throw refusal('type');
  return { token, algorithm: alg, keyId: kid, type: typ?.toLowerCase().replace(/^application\//, ''), header, claims };
}

function isAlgorithm(value: unknown): value is TokenAlgorithm {
  return TOKEN_ALGORITHMS.some((algorithm) => algorithm === value);
}

/** One spelling of each sequence of bytes: the unused bits of the last character are zero. */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function decode(part: string | undefined): JsonObject | undefined {
  return part !== undefined && isCanonical(part) ? parseObject(Buffer.from(part, 'base64url')) : undefined;
}
