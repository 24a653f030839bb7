/** @module doors/models-api/dialects: how each dialect names, lists and fails. The only writer of this door's error bodies. */
import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { ModelDialect } from '../../contracts/model.ts';

/** What differs between the dialects for this door. */
interface DialectFacts {
  /** The client's headers that are handed on to the provider. */
  readonly passedHeaders: readonly string[];
  errorBody(error: AppError, correlationId: string): unknown;
  /**
   * An event that ends a stream which has begun.
   *
   * @param lastChunk what was sent last
   */
  errorEvent(error: AppError, correlationId: string, lastChunk: Uint8Array): string;
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/**
 * The status of a failure here: as its code has it, but a provider that limits the rate is no outage, and
 * clients wait and come back where they read 429.
 */
export function statusOf({ code, facts, data = {} }: AppError): number {
  if (code !== 'PROVIDER_BUSY') return facts.status;
  const { providerStatus, retryAfterSeconds } = data;
  return providerStatus === 429 || (providerStatus === undefined && retryAfterSeconds !== undefined) ? 429 : facts.status;
}

/** Words that programs look for in `code`; our own code stands beside it in `reason`. */
const OPENAI_WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  AUTHENTICATION_REQUIRED: 'invalid_api_key',
  AUTHENTICATION_FAILED: 'invalid_api_key',
  UNKNOWN_TARGET: 'model_not_found',
  MODEL_UNKNOWN: 'model_not_found',
  RATE_LIMITED: 'rate_limit_exceeded',
  QUOTA_EXCEEDED: 'insufficient_quota',
  CONTEXT_TOO_LONG: 'context_length_exceeded',
};

/** Message and fix as sentences in a row. */
function wordsOf({ message, fix }: AppError): string {
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${fix}`;
}

const openAiError = (error: AppError, correlationId: string) => ({
  error: {
    message: wordsOf(error),
    type: statusOf(error) < 500 ? 'invalid_request_error' : 'api_error',
    param: null,
    code: OPENAI_WORDS[error.code] ?? providerCode(error) ?? error.code.toLowerCase(),
    reason: error.code,
    correlation_id: correlationId,
  },
});

const anthropicError = (error: AppError, correlationId: string): unknown => ({
  type: 'error',
  error: { type: ANTHROPIC_TYPES[statusOf(error)] ?? 'api_error', message: `${error.code}: ${wordsOf(error)}` },
  request_id: correlationId,
});

/** Clients read the fault from the object, or from the members beside it; every event of a response is numbered. */
function responseErrorEvent(error: AppError, correlationId: string, lastChunk: Uint8Array): string {
  const { error: told } = openAiError(error, correlationId);
  const event = { type: 'error', code: told.code, message: told.message, param: null, sequence_number: lastSequence(lastChunk) + 1, error: told };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}

/** -1 where nothing numbered was sent. */
function lastSequence(chunk: Uint8Array): number {
  const numbers = [
    ...Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      .toString('latin1')
      .matchAll(/"sequence_number":\s*(\d{1,15})/g),
  ];
  return Number(numbers.at(-1)?.[1] ?? -1);
}

/** @see https://cloud.google.com/apis/design/errors */
const GOOGLE_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const googleError = (error: AppError, correlationId: string): unknown => ({
  error: {
    code: statusOf(error),
    message: wordsOf(error),
    status: GOOGLE_STATUS[statusOf(error)] ?? 'INTERNAL',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: error.code, domain: 'switchyard', metadata: { correlation_id: correlationId } }],
  },
});

const OPENAI: DialectFacts = {
  passedHeaders: [],
  errorBody: openAiError,
  errorEvent: (error, correlationId) => `data: ${JSON.stringify(openAiError(error, correlationId))}\n\n`,
};
const GOOGLE: DialectFacts = {
  passedHeaders: [],
  errorBody: googleError,
  errorEvent: (error, correlationId) => `data: ${JSON.stringify(googleError(error, correlationId))}\n\n`,
};

/** Every dialect of this door. */
export const DIALECTS = {
  'openai-chat': OPENAI,
  'openai-responses': { ...OPENAI, errorEvent: responseErrorEvent },
  'openai-embeddings': OPENAI,
  gemini: GOOGLE,
  'gemini-embeddings': GOOGLE,
  'anthropic-messages': {
    passedHeaders: ['anthropic-version', 'anthropic-beta'],
    errorBody: anthropicError,
    errorEvent: (error, correlationId) => `event: error\ndata: ${JSON.stringify(anthropicError(error, correlationId))}\n\n`,
  },
} satisfies Partial<Record<ModelDialect, DialectFacts>>;

/** A dialect that clients may speak. */
export type DoorDialect = keyof typeof DIALECTS;

/** Clients act on codes such as `context_length_exceeded`: the provider's own goes before ours. */
function providerCode({ data }: AppError): string | undefined {
  const code = data?.['providerCode'];
  return typeof code === 'string' ? code : undefined;
}
