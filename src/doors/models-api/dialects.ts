/** @module doors/models-api/dialects: how each dialect names, lists and fails. The only writer of this door's error bodies. */
import type { AppError } from '../../core/errors.ts';
import type { ModelDialect } from '../../contracts/model.ts';

/** What differs between the dialects for this door. */
interface DialectFacts {
  /** The client's headers that are handed on to the provider. */
  readonly passedHeaders: readonly string[];
  errorBody(error: AppError, correlationId: string): unknown;
  /** An event that ends a stream which has begun. */
  errorEvent(error: AppError, correlationId: string): string;
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

const openAiError = (error: AppError, correlationId: string): unknown => ({
  error: {
    message: `${error.message} ${error.fix}`,
    type: error.facts.status < 500 ? 'invalid_request_error' : 'api_error',
    param: null,
    code: providerCode(error) ?? error.code.toLowerCase(),
    correlation_id: correlationId,
  },
});

const anthropicError = (error: AppError, correlationId: string): unknown => ({
  type: 'error',
  error: { type: ANTHROPIC_TYPES[error.facts.status] ?? 'api_error', message: `${error.code}: ${error.message} ${error.fix}` },
  request_id: correlationId,
});

/** Every dialect of this door. */
export const DIALECTS = {
  'openai-chat': {
    passedHeaders: [],
    errorBody: openAiError,
    errorEvent: (error, correlationId) => `data: ${JSON.stringify(openAiError(error, correlationId))}\n\n`,
  },
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
