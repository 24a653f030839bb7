/** @module models/cache/identity: under which name an answer is kept: everything that may make it another one. */
import { createHmac, type Hmac } from 'node:crypto';
import type { CacheScope } from '../../contracts/model-cache.ts';
import type { ModelCallInput } from '../../contracts/model.ts';
import type { Principal } from '../../contracts/principal.ts';
import { hashJson } from './canonical.ts';
import { numbersIn, type Question } from './question.ts';

/** Raised whenever what goes into a name changes. */
const VERSION = 1;

/** What a name is made of besides the request itself. */
export interface Setting {
  /** Who may be given it. */
  readonly owner: string;
  /** The name that was asked for. */
  readonly name: string;
  /** Where that name leads by the configuration in force. */
  readonly route: string;
  /** Null = none. */
  readonly secret: string | null;
}

/** Those who may be given an answer of this caller. Without a tenant, a caller shares with nobody. */
export function ownerOf({ id, tenant }: Pick<Principal, 'id' | 'tenant'>, scope: CacheScope): string {
  if (scope === 'gateway') return 'gateway';
  return scope === 'tenant' && tenant !== null ? `tenant:${tenant}` : `principal:${id}`;
}

/** The name of the answer to exactly this request. HMAC-SHA-256, base64url. */
export function exactKey(setting: Setting, input: ModelCallInput): string {
  const hash = begin('exact', setting, input, []);
  hashJson(hash, input.body.bytes);
  return hash.digest('base64url');
}

/** The name of the requests that differ from this one in the words of their question alone; numbers are no words. */
export function groupKey(setting: Setting, input: ModelCallInput, { text, start, end }: Question, embeddingModel: string): string {
  const hash = begin('near', setting, input, [embeddingModel, ...numbersIn(text)]);
  const { bytes } = input.body;
  hashJson(hash, bytes.subarray(0, start));
  hash.update('\0');
  hashJson(hash, bytes.subarray(end));
  return hash.digest('base64url');
}

function begin(
  kind: string,
  { owner, name, route, secret }: Setting,
  { operation, dialect, isStream, headers }: ModelCallInput,
  more: readonly string[],
): Hmac {
  const sorted = Object.entries(headers).toSorted(([left], [right]) => (left < right ? -1 : 1));
  // JSON keeps the parts apart whatever is in them; a NUL cannot stand in it.
  return createHmac('sha256', secret ?? '')
    .update(JSON.stringify([VERSION, kind, owner, name, route, operation, dialect, isStream, sorted, more]))
    .update('\0');
}
