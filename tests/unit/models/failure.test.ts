import { describe, expect, it } from 'vitest';
import { classifyFailure, retryAfter } from '../../../src/models/wire/failure.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('the class of a failure', () => {
  it.each([
    [400, { type: 'invalid_request_error' }, 'PROVIDER_REJECTED'],
    [400, { code: 'content_policy_violation' }, 'CONTENT_REFUSED'],
    [400, { type: 'invalid_request_error', code: 'context_length_exceeded' }, 'CONTEXT_TOO_LONG'],
    [400, { type: 'invalid_request_error', message: 'prompt is too long: 212345 tokens > 200000 maximum' }, 'CONTEXT_TOO_LONG'],
    [400, { message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' }, 'CONTEXT_TOO_LONG'],
    [500, { code: 'context_length_exceeded' }, 'PROVIDER_FAILED'],
    [401, {}, 'PROVIDER_KEY_REFUSED'],
    [404, {}, 'PROVIDER_REJECTED'],
    [408, {}, 'PROVIDER_SILENT'],
    [429, { code: 'insufficient_quota' }, 'PROVIDER_BUSY'],
    [500, { type: 'invalid_request_error' }, 'PROVIDER_FAILED'],
    [503, {}, 'PROVIDER_BUSY'],
    [529, {}, 'PROVIDER_BUSY'],
    [undefined, { type: 'overloaded_error' }, 'PROVIDER_BUSY'],
    [undefined, { type: 'never heard of' }, 'PROVIDER_FAILED'],
    [undefined, { type: 'toString' }, 'PROVIDER_FAILED'],
  ])('%s %j → %s', (status, error, code) => {
    expect(classifyFailure({ status, error }).code).toBe(code);
  });

  it('tells the words of a rejection, and of nothing else', () => {
    expect(classifyFailure({ status: 400, error: { message: 'too long' } }).message).toBe('too long');
    expect(classifyFailure({ status: 401, error: { message: 'Incorrect key sk-abc' } }).message).not.toContain('sk-abc');
  });
});

describe('Retry-After', () => {
  it.each([
    [{ 'retry-after': '2' }, 2],
    [{ 'retry-after-ms': '150', 'retry-after': '2' }, 0.15],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30],
    [{ 'retry-after': 'Thu, 01 Jan 2025 00:00:30 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j → %s', (headers: Record<string, string>, seconds) => {
    expect(retryAfter(headers, NOW)).toBe(seconds);
  });
});
