/** @module models/dialects/call-ids: ids of tool calls for vendors that take few characters in them. */
import { createHash } from 'node:crypto';

/** The shortest bound among these vendors (Amazon Bedrock). */
const MAX_LENGTH = 64;
const MARK_LENGTH = 12;
const PLAIN = /^[\w-]{1,64}$/;

/**
 * Letters, digits, `_` and `-` stay as they are, at most 64 of them. Any other id becomes one of these that no second id becomes: two
 * calls that are told apart by a sign alone must not be answered with each other's results. The same id gives the same, for call and result.
 */
export function plainCallId(id: string): string {
  if (PLAIN.test(id)) return id;
  const mark = createHash('sha256').update(id).digest('hex').slice(0, MARK_LENGTH);
  return `${id.replace(/[^\w-]/g, '_').slice(0, MAX_LENGTH - MARK_LENGTH - 1)}_${mark}`;
}
