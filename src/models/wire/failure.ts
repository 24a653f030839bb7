/** @module models/wire/failure: what class a provider's failure has. The code decides what failover does. */
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { hideSecrets } from '../../core/secret-text.ts';

/** A failure as the wire tells it. */
export interface WireFailure {
  /** HTTP status; undefined inside a stream. */
  readonly status?: number | undefined;
  /** The dialect's error object. */
  readonly error: JsonObject;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The class, where the vendor's own word is plainer than the status. */
  readonly code?: ErrorCode | undefined;
  /** Credentials that were sent: some vendors repeat them in what they say. */
  readonly secrets?: readonly string[] | undefined;
}

const CODE_OF_WORD: Readonly<Record<string, ErrorCode>> = {
  context_length_exceeded: 'CONTEXT_TOO_LONG',
  model_context_window_exceeded: 'CONTEXT_TOO_LONG',
  content_filter: 'CONTENT_REFUSED',
  content_policy_violation: 'CONTENT_REFUSED',
  image_content_policy_violation: 'CONTENT_REFUSED',
  invalid_prompt: 'CONTENT_REFUSED',
  insufficient_quota: 'PROVIDER_BUSY',
  rate_limit_error: 'PROVIDER_BUSY',
  rate_limit_exceeded: 'PROVIDER_BUSY',
  overloaded_error: 'PROVIDER_BUSY',
  authentication_error: 'PROVIDER_KEY_REFUSED',
  permission_error: 'PROVIDER_KEY_REFUSED',
  billing_error: 'PROVIDER_KEY_REFUSED',
  invalid_api_key: 'PROVIDER_KEY_REFUSED',
  invalid_request_error: 'PROVIDER_REJECTED',
  not_found_error: 'PROVIDER_REJECTED',
  request_too_large: 'PROVIDER_REJECTED',
};
/** Statuses below 500 that are not the request's fault. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'PROVIDER_KEY_REFUSED',
  402: 'PROVIDER_KEY_REFUSED',
  403: 'PROVIDER_KEY_REFUSED',
  408: 'PROVIDER_SILENT',
  409: 'PROVIDER_FAILED',
  429: 'PROVIDER_BUSY',
  503: 'PROVIDER_BUSY',
  504: 'PROVIDER_SILENT',
  529: 'PROVIDER_BUSY',
};
/** What is told in the provider's own words: they are about what the client sent. */
const ABOUT_REQUEST: ReadonlySet<ErrorCode> = new Set(['PROVIDER_REJECTED', 'CONTENT_REFUSED', 'CONTEXT_TOO_LONG']);
/** How Anthropic says that its filter stepped in. */
const FILTERED = /blocked by content filtering policy/i;
/** How vendors without a code for it say that an input is too long for the model. */
const TOO_LONG = /prompt is too long|input (?:length|token count).{0,80}exceed|maximum context length|input is too long for requested model/i;
const MAX_MESSAGE = 500;
/** A word, and no text. */
const WORD = /^[\w.:-]{1,100}$/;

/**
 * The failure with its class. The provider's own words are passed on only where they are about the
 * request, without keys and control characters, and cut.
 */
export function classifyFailure({ status, error, headers = {}, code: known, secrets }: WireFailure): AppError {
  const words = wordOf(error, 'message');
  const named = known ?? codeOf(status, wordOf(error, 'code'), wordOf(error, 'type'));
  const code = named === 'PROVIDER_REJECTED' ? codeOfWords(words ?? '') : named;
  const isAboutRequest = ABOUT_REQUEST.has(code);
  const retryAfterSeconds = code === 'PROVIDER_BUSY' ? retryAfter(headers, Date.now()) : undefined;
  return new AppError(code, {
    ...(isAboutRequest && words !== undefined ? { message: quoted(words, secrets) } : {}),
    data: {
      ...(status === undefined ? {} : { providerStatus: status }),
      ...(isAboutRequest ? { providerCode: [wordOf(error, 'code'), wordOf(error, 'type')].find(isWord) ?? null } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  });
}

/**
 * Seconds of Retry-After, given as seconds or as a date; undefined without a usable one.
 *
 * @see RFC 9110 section 10.2.3
 */
export function retryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const { 'retry-after-ms': exact, 'retry-after': sent } = headers;
  if (exact !== undefined && /^\d{1,9}$/.test(exact)) return Number(exact) / 1000;
  if (sent === undefined) return undefined;
  if (/^\d{1,9}(?:\.\d+)?$/.test(sent)) return Number(sent);
  const at = Date.parse(sent);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000);
}

function codeOf(status: number | undefined, code: string | undefined, type: string | undefined): ErrorCode {
  const byStatus = status === undefined ? undefined : CODE_OF_STATUS[status];
  const byWord = lookUp(code) ?? lookUp(type);
  // A content filter and a full window speak through the code of a 400; the status of any other failure is plainer than its words.
  if (byWord === 'CONTENT_REFUSED' || (byWord === 'CONTEXT_TOO_LONG' && (status === undefined || (status >= 400 && status < 500)))) return byWord;
  if (byStatus !== undefined) return byStatus;
  if (status === undefined) return byWord ?? 'PROVIDER_FAILED';
  return status >= 400 && status < 500 ? 'PROVIDER_REJECTED' : 'PROVIDER_FAILED';
}

function quoted(words: string, secrets: readonly string[] | undefined): string {
  return hideSecrets(words, secrets)
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, MAX_MESSAGE);
}

function isWord(word: string | undefined): boolean {
  return word !== undefined && WORD.test(word);
}

function codeOfWords(words: string): ErrorCode {
  if (TOO_LONG.test(words)) return 'CONTEXT_TOO_LONG';
  return FILTERED.test(words) ? 'CONTENT_REFUSED' : 'PROVIDER_REJECTED';
}

function lookUp(word: string | undefined): ErrorCode | undefined {
  return word !== undefined && Object.hasOwn(CODE_OF_WORD, word) ? CODE_OF_WORD[word] : undefined;
}

function wordOf(error: JsonObject, name: string): string | undefined {
  const value = error[name];
  return typeof value === 'string' ? value : undefined;
}
