/** @module upstreams/names: the names under which clients know what an upstream has. */
import { createHash } from 'node:crypto';

/** The most that model APIs take for the name of a tool. */
const MAX_NAME = 64;
const HASH_LENGTH = 8;
const FORBIDDEN = /[^A-Za-z0-9_-]/g;

/**
 * `prefix__name` of [A-Za-z0-9_-] and at most 64 characters: other characters become `_`, what is too long is cut and
 * ends in a hash of the whole name, the same each time.
 */
export function exposedName(prefix: string, name: string): string {
  const whole = `${prefix}__${name.replaceAll(FORBIDDEN, '_')}`;
  if (whole.length <= MAX_NAME) return whole;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${whole.slice(0, MAX_NAME - HASH_LENGTH - 1)}_${hash}`;
}
