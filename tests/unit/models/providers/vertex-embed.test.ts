/** Embeddings of Vertex AI: one request of ours is some of the vendor's, and all of them or none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest, ProviderResponse } from '../../../../src/contracts/model.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../../src/core/json.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { embed } from '../../../../src/models/providers/vertex/embed.ts';
import { isTextEmbedding } from '../../../../src/models/providers/vertex/address.ts';
import { EMBEDDING_MODEL, predict, SINGLE_MODEL, vectorOf } from '../../../helpers/vendors/vertex-embed.ts';
import { embedRequest } from './embed-request.ts';

let scope: Scope;
let sent: ProviderRequest[];
let under: number;
let most: number;
beforeEach(() => {
  scope = new Scope();
  sent = [];
  under = 0;
  most = 0;
});
afterEach(() => scope.end());

const streamOf = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
};
const answerOf = (status: number, text: string): ProviderResponse => ({ status, headers: { 'retry-after': '7' }, body: streamOf(text) });
const textsIn = ({ body }: ProviderRequest): readonly unknown[] =>
  (JSON.parse(Buffer.from(body).toString()) as { instances: JsonObject[] }).instances.map(({ content }) => content);

/** The simulated vendor; later texts are answered sooner. */
async function vendor(request: ProviderRequest): Promise<ProviderResponse> {
  sent.push(request);
  most = Math.max(most, ++under);
  await new Promise((resolve) => setTimeout(resolve, sent.length % 4 === 1 ? 8 : 1));
  under--;
  const { status = 200, body = '' } = predict(`${request.model}:predict`, JSON.parse(Buffer.from(request.body).toString()) as JsonObject) ?? {};
  return answerOf(status, String(body));
}

const requestOf = (body: object, model = SINGLE_MODEL): ProviderRequest => embedRequest(scope, model, body);
async function read({ body }: ProviderResponse): Promise<JsonObject> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  const value = JSON.parse(Buffer.concat(pieces).toString()) as unknown;
  return isObject(value) ? value : {};
}
const LETTERS = Array.from({ length: 11 }, (_, index) => 'x'.repeat(index + 1));

// @requirement M1.d
describe('embeddings of Vertex AI', () => {
  it('a model that takes one text is asked once for each, at most four at once, and the order stays', async () => {
    const answer = await read(await embed(requestOf({ input: LETTERS }), vendor));
    expect(answer['data']).toEqual(LETTERS.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) })));
    expect(answer['usage']).toEqual({ prompt_tokens: 66, total_tokens: 66 });
    expect([sent.length, most]).toEqual([11, 4]);
  });

  it('other models take 250 texts at once', async () => {
    const answer = await read(await embed(requestOf({ input: Array.from({ length: 501 }, () => 'a') }, EMBEDDING_MODEL), vendor));
    expect(answer['data']).toHaveLength(501);
    expect(sent.map((request) => textsIn(request).length)).toEqual([250, 250, 1]);
  });

  it('the usage is left out when one of the answers does not tell it', async () => {
    const forgetful = async (request: ProviderRequest): Promise<ProviderResponse> =>
      textsIn(request)[0] === 'b' ? answerOf(200, '{"predictions":[{"embeddings":{"values":[1]}}]}') : await vendor(request);
    expect(await read(await embed(requestOf({ input: ['a', 'b'] }), forgetful))).not.toHaveProperty('usage');
  });

  it('the first refusal is the answer, ends what is under way, and nothing more is asked', async () => {
    const calls: ProviderRequest[] = [];
    const refusing = async (request: ProviderRequest): Promise<ProviderResponse> => {
      calls.push(request);
      if (calls.length === 2) return answerOf(429, '{"error":{"status":"RESOURCE_EXHAUSTED"}}');
      return await request.scope.race(new Promise<ProviderResponse>(() => undefined));
    };
    const response = await embed(requestOf({ input: LETTERS }), refusing);
    expect([response.status, response.headers['retry-after'], await read(response)]).toEqual([429, '7', { error: { status: 'RESOURCE_EXHAUSTED' } }]);
    expect(calls).toHaveLength(4);
    expect(calls.map((call) => call.scope.reason?.code)).toEqual(calls.map(() => 'CANCELLED'));
    expect(scope.reason).toBeUndefined();
  });

  it('the first error is the error, and the caller who goes ends everything', async () => {
    const silent = (request: ProviderRequest): Promise<ProviderResponse> =>
      textsIn(request)[0] === 'xx' ? Promise.reject(new AppError('PROVIDER_UNREACHABLE')) : request.scope.race(new Promise(() => undefined));
    await expect(embed(requestOf({ input: LETTERS }), silent)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
    const left = embed(requestOf({ input: ['a', 'b'] }), silent);
    scope.cancel(new AppError('DEADLINE_EXCEEDED'));
    await expect(left).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('the time and the bytes are those of the whole answer', async () => {
    await embed(requestOf({ input: LETTERS }), vendor);
    expect(sent.at(-1)?.firstByteMs).toBeLessThan(5000);
    await expect(embed({ ...requestOf({ input: LETTERS }), maxBytes: 300 }, vendor)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it.each(['{"predictions":[]}', '{"predictions":[{"embeddings":{"values":[]}}]}', '{"predictions":[{"embeddings":{"values":["x"]}}]}', '{}', 'no json'])(
    'a text without its vector is a failure: %s',
    async (text) => {
      await expect(embed(requestOf({ input: 'a' }), () => Promise.resolve(answerOf(200, text)))).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    },
  );

  it('a vector too many in one answer does not stand in for one that lacks in another', async () => {
    const vector = { embeddings: { values: [1] } };
    const swapping = (request: ProviderRequest): Promise<ProviderResponse> =>
      Promise.resolve(answerOf(200, JSON.stringify({ predictions: textsIn(request)[0] === 'a' ? [vector, vector] : [] })));
    await expect(embed(requestOf({ input: ['a', 'b'] }), swapping)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  });

  it.each([
    [{ input: [1, 2] }, 'CONVERSION_REFUSED', '/input'],
    [{ input: [[1], [2]] }, 'CONVERSION_REFUSED', '/input'],
    [{}, 'INVALID_REQUEST', '/input'],
    [{ input: [] }, 'INVALID_REQUEST', '/input'],
    [{ input: Array.from({ length: 2049 }, () => 'a') }, 'INVALID_REQUEST', '/input'],
    [{ input: 'a', encoding_format: 'int8' }, 'INVALID_REQUEST', '/encoding_format'],
    [{ input: 'a', dimensions: '3' }, 'INVALID_REQUEST', '/dimensions'],
    [{ input: 'a', task_type: 3 }, 'INVALID_REQUEST', '/task_type'],
  ])('%# is refused by name before anybody is asked', async (body, code, pointer) => {
    await expect(embed(requestOf(body), vendor)).rejects.toMatchObject({ code, message: expect.stringContaining(pointer) as unknown, data: { pointer } });
    expect(sent).toEqual([]);
  });

  it('names what it cannot carry', async () => {
    expect((await embed(requestOf({ input: 'a', user: 'u', 'bréak\n': 1 }), vendor)).notCarried).toEqual(['user', 'br_ak_']);
  });

  it.each([
    ['text-embedding-005', true],
    ['google/text-multilingual-embedding-002', true],
    ['gemini-embedding-001', true],
    ['gemini-embedding-2', false],
    ['multimodalembedding@001', false],
    ['gemini-3-pro', false],
    ['claude-embedding', false],
    ['mistral/text-embedding', false],
  ])('%s makes vectors of texts: %s', (model, isOne) => {
    expect(isTextEmbedding(model)).toBe(isOne);
  });
});
