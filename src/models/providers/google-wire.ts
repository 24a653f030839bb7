/** @module models/providers/google-wire: what the two services of Google that serve Gemini have in common. */
import type { ProviderRequest } from '../../contracts/model.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { errorIn, objectsIn } from '../wire/json.ts';
import type { WireFailure } from '../wire/failure.ts';

/** What is asked of a model, as the end of its URL. */
export type GoogleVerb = ':generateContent' | ':streamGenerateContent?alt=sse' | ':countTokens';

/** For operations `generate` and `count`. */
export function verbOf({ operation, isStream }: Pick<ProviderRequest, 'operation' | 'isStream'>): GoogleVerb {
  if (operation === 'count') return ':countTokens';
  return isStream ? ':streamGenerateContent?alt=sse' : ':generateContent';
}

/**
 * A failure of Google: the word stands in `status`, the number of seconds to wait in a detail, and a key
 * that is not valid comes as a 400.
 *
 * @see https://cloud.google.com/apis/design/errors
 */
export function googleFailure(headers: Readonly<Record<string, string>>, body: JsonObject): Omit<WireFailure, 'status'> {
  const error = errorIn(body);
  const details = objectsIn(error, 'details');
  const word = typeof error['status'] === 'string' ? { code: error['status'] } : {};
  const waits = details.map(({ retryDelay }) => retryDelay).find((delay) => typeof delay === 'string');
  const seconds = /^(\d{1,9}(?:\.\d+)?)s$/.exec(typeof waits === 'string' ? waits : '')?.[1];
  const isKeyRefused = details.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED');
  return {
    error: { ...error, ...word },
    headers: seconds === undefined ? headers : { 'retry-after': seconds, ...headers },
    code: isKeyRefused ? 'PROVIDER_KEY_REFUSED' : undefined,
  };
}

/** The last part of each resource name in a list, such as `models/gemini-x`. */
export function resourceNamesIn(page: JsonObject, member: string): readonly unknown[] | undefined {
  const { [member]: list } = page;
  // An empty page has no list at all.
  if (list === undefined && Object.keys(page).length === 0) return [];
  if (!Array.isArray(list)) return undefined;
  return list.map((item: unknown) => (isObject(item) && typeof item['name'] === 'string' ? item['name'].replace(/^.*\//, '') : undefined));
}

/** The URL of the page after this one. */
export function nextPageOf(url: string, { nextPageToken }: JsonObject): string | undefined {
  return typeof nextPageToken === 'string' && nextPageToken !== '' ? `${url}&pageToken=${encodeURIComponent(nextPageToken)}` : undefined;
}
