/** Embeddings of Bedrock: many requests of the vendor, one answer of OpenAI's dialect. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../../../src/contracts/egress.ts';
import type { ModelProvider, ProviderResponse } from '../../../../src/contracts/model.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createEgress } from '../../../../src/egress/dialer.ts';
import { createConversion } from '../../../../src/models/dialects/convert.ts';
import { base64OfVector } from '../../../../src/models/dialects/vectors.ts';
import { baseUrlsOf, createProvider } from '../../../../src/models/providers/create-provider.ts';
import { entryOf, SECRET } from '../../../compliance/model-provider-fixture.ts';
import { COHERE, COHERE_3, TITAN, TITAN_1 } from '../../../helpers/vendors/bedrock-embed.ts';
import { AWS_KEY_ID, AWS_REGION, serveBedrock } from '../../../helpers/vendors/bedrock.ts';
import { JSON_HEADERS, startVendor, type Vendor, type VendorAnswer } from '../../../helpers/vendors/vendor.ts';
import { embedRequest } from './embed-request.ts';

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly embedding: unknown }[];
  readonly usage?: { readonly prompt_tokens: number };
}

let vendor: Vendor;
let egress: Egress;
let scope: Scope;
let provider: ModelProvider;

beforeEach(async () => {
  vendor = await startVendor(serveBedrock);
  const config = { kind: 'bedrock', config: () => ({ baseUrl: vendor.url, region: AWS_REGION, accessKeyId: AWS_KEY_ID, secretAccessKey: SECRET }) } as const;
  const entry = entryOf(config, vendor.url);
  egress = createEgress(baseUrlsOf({ providers: { mine: entry } }));
  provider = createProvider('mine', entry, { egress });
  scope = new Scope();
});
afterEach(async () => {
  scope.end();
  egress.close();
  await vendor.stop();
});

const send = (model: string, body: object, over: { readonly maxBytes?: number; readonly firstByteMs?: number } = {}): Promise<ProviderResponse> =>
  provider.send({ ...embedRequest(scope, model, body), ...over });

async function textOf({ body }: ProviderResponse): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function embed(model: string, body: object): Promise<Embeddings> {
  const response = await send(model, body);
  const text = await textOf(response);
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Embeddings;
}

const lengths = ({ data }: Embeddings): readonly unknown[] => data.map(({ embedding }) => (embedding as readonly unknown[])[0]);
const bodies = (): readonly string[] => vendor.requests.map(({ body }) => body.toString());
const WORDS = Array.from({ length: 11 }, (_, index) => 'x'.repeat(index + 1));
const busy: VendorAnswer = { status: 429, headers: { ...JSON_HEADERS, 'x-amzn-errortype': 'ThrottlingException' }, body: '{"message":"slow down"}' };

// @requirement M1.d
describe('embeddings of Bedrock', () => {
  it.each([TITAN, TITAN_1, `us.${TITAN}`, `arn:aws:bedrock:eu-central-1::foundation-model/${TITAN}`, COHERE, COHERE_3, 'cohere.embed-multilingual-v3'])(
    '%s embeds and does nothing else',
    (model) => {
      expect(['generate', 'embed', 'count'].map((operation) => provider.dialects(operation as 'embed', model))).toEqual([[], ['openai-embeddings'], []]);
    },
  );

  it.each(['amazon.titan-embed-image-v1', 'amazon.nova-pro-v1:0', 'cohere.command-r-v1:0', 'eu.anthropic.claude-x', 'x-amazon.titan-embed-text-v2:0'])(
    '%s embeds nothing',
    async (model) => {
      expect(provider.dialects('embed', model)).toEqual([]);
      await expect(send(model, { input: 'a' })).rejects.toMatchObject({ code: 'OPERATION_UNSUPPORTED' });
    },
  );

  it('Titan is asked for one text at a time, and the answer keeps their order and adds up their tokens', async () => {
    const answer = await embed(TITAN, { input: WORDS });
    expect(lengths(answer)).toEqual(WORDS.map((word) => word.length));
    expect(answer.data.map(({ index }) => index)).toEqual(WORDS.map((_, index) => index));
    expect(answer.usage).toEqual({ prompt_tokens: 66, total_tokens: 66 });
    expect(bodies().toSorted()).toEqual(WORDS.map((word) => JSON.stringify({ inputText: word })).toSorted());
  });

  it('leaves the usage out when one request does not tell it', async () => {
    vendor.answerNext({ headers: JSON_HEADERS, body: '{"embedding":[1]}' });
    expect(await embed(TITAN, { input: ['a', 'b'] })).not.toHaveProperty('usage');
    expect(await embed(COHERE_3, { input: ['a', 'b'] })).not.toHaveProperty('usage');
    expect(await embed(COHERE, { input: ['a', 'b'] })).toMatchObject({ usage: { prompt_tokens: 5 } });
  });

  it.each([TITAN, COHERE, COHERE_3])('%s answers in base64 when asked', async (model) => {
    const { data } = await embed(model, { input: ['abc'], encoding_format: 'base64' });
    expect(data[0]?.embedding).toBe(base64OfVector([3, 0.5]));
  });

  it('has at most four requests under way, and ends them all when the caller goes', async () => {
    for (let count = 0; count < 5; count += 1) vendor.answerNext({ withholds: 'head' });
    const ended = expect(send(TITAN, { input: WORDS })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => vendor.requests.length, { interval: 2 }).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(vendor.requests).toHaveLength(4);
    scope.cancel();
    await ended;
    await expect.poll(() => vendor.requests.every(({ leftAt }) => leftAt !== undefined), { interval: 2 }).toBe(true);
    expect(vendor.requests).toHaveLength(4);
  });

  it('the first failure is the answer, with its class, and ends the other requests', async () => {
    vendor.answerNext({ withholds: 'head' });
    vendor.answerNext({ withholds: 'head' });
    vendor.answerNext(busy);
    const sentAt = performance.now();
    const response = await send(TITAN, { input: WORDS });
    // Nobody waits for the time of those that never answer.
    expect(performance.now() - sentAt).toBeLessThan(2500);
    expect(provider.classify(response.status, response.headers, Buffer.from(await textOf(response)))).toMatchObject({
      code: 'PROVIDER_BUSY',
      data: { providerStatus: 429 },
    });
    await expect.poll(() => vendor.requests.filter(({ leftAt }) => leftAt !== undefined).length, { interval: 2 }).toBeGreaterThanOrEqual(2);
    expect(vendor.requests.length).toBeLessThan(WORDS.length);
  });

  it('what the vendor rejects, it says in its own words', async () => {
    const response = await send(TITAN, { input: ['a', ''] });
    const error = provider.classify(response.status, response.headers, Buffer.from(await textOf(response)));
    expect(error).toMatchObject({ code: 'PROVIDER_REJECTED', message: 'minLength: 1, actual: 0' });
  });

  it.each(['no json', '{}', '{"embedding":[]}', '{"embedding":["x"]}'])('an answer that is %s is a failure', async (body) => {
    vendor.answerNext({ headers: JSON_HEADERS, body });
    await expect(send(TITAN, { input: ['a', 'b'] })).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  });

  it('a vector too few is a failure', async () => {
    vendor.answerNext({ headers: JSON_HEADERS, body: '{"embeddings":[[1]]}' });
    await expect(send(COHERE_3, { input: ['a', 'b'] })).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  });

  it('bytes and time are those of the whole answer, not of each request', async () => {
    const body = JSON.stringify({ embedding: [1], pad: 'x'.repeat(400) });
    for (let count = 0; count < 3; count += 1) vendor.answerNext({ headers: JSON_HEADERS, body });
    await expect(send(TITAN, { input: ['a', 'b', 'c'] }, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    vendor.answerNext({ headers: JSON_HEADERS, body });
    expect((await send(TITAN, { input: ['a'] }, { maxBytes: 1000 })).status).toBe(200);
    for (let count = 0; count < 4; count += 1) vendor.answerNext({ withholds: 'head' });
    await expect(send(TITAN, { input: WORDS }, { firstByteMs: 60 })).rejects.toMatchObject({ code: 'PROVIDER_SILENT' });
  });

  it.each([
    [TITAN, { input: [1, 2, 3] }, 'CONVERSION_REFUSED', '/input'],
    [COHERE, { input: [[1, 2], [3]] }, 'CONVERSION_REFUSED', '/input'],
    [TITAN_1, { input: 'a', dimensions: 256 }, 'CONVERSION_REFUSED', '/dimensions'],
    [COHERE_3, { input: 'a', dimensions: 256 }, 'CONVERSION_REFUSED', '/dimensions'],
    [TITAN, { input: Array.from({ length: 2049 }, () => 'a') }, 'INVALID_REQUEST', '/input'],
    [TITAN, { input: [] }, 'INVALID_REQUEST', '/input'],
    [TITAN, { input: 'a', encoding_format: 'int8' }, 'INVALID_REQUEST', '/encoding_format'],
  ])('%s refuses what it cannot send, names it, and contacts nobody', async (model, body, code, pointer) => {
    await expect(send(model, body)).rejects.toMatchObject({ code, message: expect.stringContaining(pointer) as unknown });
    expect(vendor.requests).toEqual([]);
  });

  it('names what it does not carry, and lets nothing else become a text', async () => {
    const response = await send(COHERE, { input: 'a', user: 'u', texts: ['smuggled'], input_type: 'search_query', normalize: true });
    expect(response.notCarried).toEqual(['user', 'texts', 'normalize']);
    expect(bodies()).toEqual(['{"texts":["a"],"input_type":"search_query"}']);
    expect((await send(TITAN, { input: 'a', normalize: false })).notCarried).toBeUndefined();
  });

  it('serves clients of Gemini by conversion', async () => {
    const asked = { requests: ['ab', 'c'].map((text) => ({ content: { parts: [{ text }] }, outputDimensionality: 256 })) };
    const conversion = await createConversion({
      operation: 'embed',
      from: 'gemini-embeddings',
      to: 'openai-embeddings',
      model: TITAN,
      isStream: false,
      body: Buffer.from(JSON.stringify(asked)),
    });
    const response = await send(TITAN, JSON.parse(Buffer.from(conversion.body).toString()) as object);
    expect(bodies().toSorted()).toEqual(['{"inputText":"ab","dimensions":256}', '{"inputText":"c","dimensions":256}']);
    expect(JSON.parse(Buffer.from(conversion.answer(Buffer.from(await textOf(response)))).toString())).toEqual({
      embeddings: [{ values: [2, 0.5] }, { values: [1, 0.5] }],
      usageMetadata: { promptTokenCount: 3 },
    });
  });
});
