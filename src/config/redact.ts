/** @module config/redact: configuration that may be shown. */
import { isObject, type Json } from '../core/json.ts';
import { interpolatedOf } from './interpolated.ts';
import { joinPointer } from './pointer.ts';
import { isSecretPointer, MASK, maskUrlPassword } from './secret-keys.ts';

/**
 * A copy fit for `config://platform` and diffs: values that came from variables, and texts whose
 * key says secret, become `[redacted]`; passwords inside URLs too. null and empty lists stay, so
 * that "not set" remains visible. What a secret's key does not tell (a key named `note`) is not found.
 *
 * @param value a configuration or a part of it
 * @param interpolated pointers of values from variables, for a part or a copy; a configuration that
 *   `loadConfig` returned is known with its own
 * @param pointer where the value stands in the configuration
 */
export function redactConfig(value: unknown, interpolated: readonly string[] = [], pointer: string = ''): Json {
  const hidden = new Set([...interpolated, ...interpolatedOf(value)]);
  const walk = (member: unknown, own: string): Json => {
    if (member === null || member === undefined) return null;
    if (hidden.has(own)) return MASK;
    if (Array.isArray(member)) return member.map((item, index) => walk(item, joinPointer(own, index)));
    if (isObject(member)) return Object.fromEntries(Object.entries(member).map(([key, item]) => [key, walk(item, joinPointer(own, key))]));
    if (typeof member === 'string') return isSecretPointer(own) ? MASK : maskUrlPassword(member);
    return typeof member === 'number' || typeof member === 'boolean' ? member : String(member);
  };
  return walk(value, pointer);
}
