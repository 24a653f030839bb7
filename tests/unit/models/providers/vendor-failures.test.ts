/** What Google and AWS call their failures, and what class each has. */
import { describe, expect, it } from 'vitest';
import type { ModelProvider } from '../../../../src/contracts/model.ts';
import type { ProviderConfig } from '../../../../src/contracts/models-config.ts';
import { createProvider } from '../../../../src/models/providers/create-provider.ts';
import { entryOf } from '../../../compliance/model-provider-fixture.ts';

const egress = { send: () => Promise.reject(new TypeError('nobody is contacted')), close: () => undefined };
const build = (kind: ProviderConfig['kind']): ModelProvider =>
  createProvider('mine', entryOf({ kind, config: () => ({ apiKey: 'key', region: 'eu-central-1' }) }, ''), { egress });

// @requirement M1.d
describe('failures of Google', () => {
  const classify = (status: number, error: object): ReturnType<ModelProvider['classify']> =>
    build('gemini').classify(status, {}, Buffer.from(JSON.stringify({ error: { code: status, ...error } })));

  it.each([
    [400, 'INVALID_ARGUMENT', 'PROVIDER_REJECTED'],
    [400, 'FAILED_PRECONDITION', 'PROVIDER_REJECTED'],
    [401, 'UNAUTHENTICATED', 'PROVIDER_KEY_REFUSED'],
    [403, 'PERMISSION_DENIED', 'PROVIDER_KEY_REFUSED'],
    [404, 'NOT_FOUND', 'PROVIDER_REJECTED'],
    [429, 'RESOURCE_EXHAUSTED', 'PROVIDER_BUSY'],
    [500, 'INTERNAL', 'PROVIDER_FAILED'],
    [503, 'UNAVAILABLE', 'PROVIDER_BUSY'],
    [504, 'DEADLINE_EXCEEDED', 'PROVIDER_SILENT'],
  ])('%i %s is %s', (status, word, code) => {
    expect(classify(status, { status: word, message: 'words' }).code).toBe(code);
  });

  it('passes on what is wrong with the request, by its name', () => {
    expect(classify(400, { status: 'INVALID_ARGUMENT', message: 'temperature is too high' })).toMatchObject({
      message: 'temperature is too high',
      data: { providerCode: 'INVALID_ARGUMENT' },
    });
  });

  it('knows a key that is not valid, which comes as a bad request', () => {
    const failure = {
      status: 'INVALID_ARGUMENT',
      message: 'API key not valid. Please pass a valid API key.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
    };
    expect(classify(400, failure)).toMatchObject({ code: 'PROVIDER_KEY_REFUSED', message: 'The model provider refuses the credential of the gateway.' });
  });

  it('knows how long to wait from the detail that says it', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure' }, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37.5s' }];
    expect(classify(429, { status: 'RESOURCE_EXHAUSTED', details }).data).toMatchObject({ retryAfterSeconds: 37.5 });
    expect(classify(429, { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: 'soon' }] }).data).not.toHaveProperty('retryAfterSeconds');
  });
});

// @requirement M1.d
describe('failures of AWS', () => {
  it.each([
    [429, 'ThrottlingException', 'PROVIDER_BUSY'],
    [429, 'ModelNotReadyException', 'PROVIDER_BUSY'],
    [400, 'ServiceQuotaExceededException', 'PROVIDER_BUSY'],
    [503, 'ServiceUnavailableException', 'PROVIDER_BUSY'],
    [400, 'ValidationException', 'PROVIDER_REJECTED'],
    [404, 'ResourceNotFoundException', 'PROVIDER_REJECTED'],
    [403, 'AccessDeniedException', 'PROVIDER_KEY_REFUSED'],
    [400, 'ExpiredTokenException', 'PROVIDER_KEY_REFUSED'],
    [400, 'IncompleteSignature', 'PROVIDER_KEY_REFUSED'],
    [403, 'UnrecognizedClientException', 'PROVIDER_KEY_REFUSED'],
    [408, 'ModelTimeoutException', 'PROVIDER_SILENT'],
    [424, 'ModelErrorException', 'PROVIDER_FAILED'],
    [500, 'InternalServerException', 'PROVIDER_FAILED'],
    [403, 'SomethingNew', 'PROVIDER_KEY_REFUSED'],
    [400, 'toString', 'PROVIDER_REJECTED'],
  ])('%i %s is %s, named in the header or in the body', (status, name, code) => {
    const provider = build('bedrock');
    expect(provider.classify(status, { 'x-amzn-errortype': `${name}:http://internal.amazon.com/` }, Buffer.from('{"message":"words"}')).code).toBe(code);
    const inBody = provider.classify(status, {}, Buffer.from(JSON.stringify({ __type: `com.amazon.bedrock#${name}`, Message: 'words' })));
    expect(inBody.code).toBe(code);
    expect(inBody.message === 'words').toBe(code === 'PROVIDER_REJECTED');
  });

  it('knows a model whose tokens it does not count', () => {
    const failure = build('bedrock').classify(
      400,
      { 'x-amzn-errortype': 'ValidationException' },
      Buffer.from('{"message":"The provided model doesn\'t support counting tokens."}'),
    );
    expect(failure.code).toBe('OPERATION_UNSUPPORTED');
  });
});
