/** @module config/plain-yaml: YAML documents of others, such as OpenAPI. Loaded only when there is one. */
import { parse } from 'yaml';
import { AppError } from '../core/errors.ts';

/** Aliases that a document may expand to: enough for people, not for a bomb. */
const MAX_ALIASES = 1000;

/**
 * The value of one YAML 1.2 document; tags beyond JSON are not followed. Its size is the caller's concern.
 *
 * @throws AppError SOURCE_INVALID
 */
export function parsePlainYaml(text: string): unknown {
  try {
    const value: unknown = parse(text, { version: '1.2', maxAliasCount: MAX_ALIASES, logLevel: 'error', schema: 'core' });
    return value;
  } catch (cause) {
    const first = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new AppError('SOURCE_INVALID', { message: `The document is neither JSON nor YAML: ${first.slice(0, 200)}`, cause });
  }
}
