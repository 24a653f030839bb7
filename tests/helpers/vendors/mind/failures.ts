/** How each vendor says no, as its documentation has it. */
import { JSON_HEADERS, type VendorAnswer } from '../vendor.ts';
import type { Fault } from './mind.ts';

export type Wire = 'openai' | 'anthropic' | 'gemini';
type Failures = Readonly<Record<Exclude<Fault, 'cut'> | 'key', VendorAnswer>> & { refusal(message: string): VendorAnswer };

const openai = (status: number, message: string, code: string | null, type: string, headers: Readonly<Record<string, string>> = {}): VendorAnswer => ({
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify({ error: { message, type, param: null, code } }),
});
const anthropic = (status: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}): VendorAnswer => ({
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' }),
});
const google = (code: number, status: string, message: string, details: readonly object[] = []): VendorAnswer => ({
  status: code,
  headers: JSON_HEADERS,
  body: JSON.stringify({ error: { code, message, status, details } }),
});

/** By wire. Every `busy` asks for two seconds. */
export const FAILURES: Readonly<Record<Wire, Failures>> = {
  openai: {
    key: openai(401, 'Incorrect API key provided.', 'invalid_api_key', 'invalid_request_error'),
    busy: openai(429, 'Rate limit reached.', 'rate_limit_exceeded', 'requests', { 'retry-after': '2' }),
    overloaded: openai(503, 'The server is overloaded.', null, 'server_error'),
    long: openai(400, "This model's maximum context length is 128000 tokens.", 'context_length_exceeded', 'invalid_request_error'),
    filtered: openai(400, 'The response was filtered.', 'content_filter', 'invalid_request_error'),
    broken: openai(500, 'The server had an error.', null, 'server_error'),
    rejected: openai(400, 'Unsupported value.', 'unsupported_value', 'invalid_request_error'),
    refusal: (message) => openai(400, message, null, 'invalid_request_error'),
  },
  anthropic: {
    key: anthropic(401, 'authentication_error', 'invalid x-api-key'),
    busy: anthropic(429, 'rate_limit_error', 'This request would exceed your rate limit.', { 'retry-after': '2' }),
    overloaded: anthropic(529, 'overloaded_error', 'Overloaded'),
    long: anthropic(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    filtered: anthropic(400, 'invalid_request_error', 'Output blocked by content filtering policy'),
    broken: anthropic(500, 'api_error', 'Internal server error'),
    rejected: anthropic(400, 'invalid_request_error', 'temperature: range: 0..1'),
    refusal: (message) => anthropic(400, 'invalid_request_error', message),
  },
  gemini: {
    key: google(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }]),
    busy: google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }]),
    overloaded: google(503, 'UNAVAILABLE', 'The model is overloaded.'),
    long: google(400, 'INVALID_ARGUMENT', 'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).'),
    // A filtered prompt is an answer of its own.
    filtered: {
      headers: JSON_HEADERS,
      body: JSON.stringify({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 20, totalTokenCount: 20 } }),
    },
    broken: google(500, 'INTERNAL', 'An internal error has occurred.'),
    rejected: google(400, 'INVALID_ARGUMENT', 'Invalid value.'),
    refusal: (message) => google(400, 'INVALID_ARGUMENT', message),
  },
};
