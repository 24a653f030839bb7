/** @module models/wire/ask-usage: makes a stream of OpenAI's chat tell its usage. */
import { isObject } from '../../core/json.ts';
import { readMember } from './members.ts';

const ASKED = { include_usage: true };
const NOT_ASKED: ReadonlySet<unknown> = new Set([undefined, null, false]);

/**
 * The edit that asks for the usage; none where the body asks for it itself. A body that does not want it is made to ask all the same, and
 * its client does not see the answer: a caller who could do without would be booked by what is seen of a stream, and thoughts are not.
 *
 * @param body one valid JSON object
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function askForUsage(body: Uint8Array): Readonly<Record<string, unknown>> {
  const told = readMember(body, 'stream_options');
  if (told === undefined) return { stream_options: ASKED };
  const options: unknown = JSON.parse(Buffer.from(told).toString('utf8'));
  if (options === null) return { stream_options: ASKED };
  // What is no object, or no flag, is the client's mistake: the provider shall tell it so.
  if (!isObject(options) || !NOT_ASKED.has(options['include_usage'])) return {};
  return { stream_options: { ...options, ...ASKED } };
}
