/** Embeddings of Bedrock behind the whole gateway: for clients of OpenAI, and of Gemini by conversion. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL, SECRET } from '../../compliance/model-provider-fixture.ts';
import { postTo, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';
import { COHERE, TITAN } from '../../helpers/vendors/bedrock-embed.ts';
import { AWS_KEY_ID, AWS_REGION, serveBedrock } from '../../helpers/vendors/bedrock.ts';
import { startVendor, type Vendor } from '../../helpers/vendors/vendor.ts';

let vendor: Vendor;
let gateway: ModelGateway;

beforeAll(async () => {
  vendor = await startVendor(serveBedrock);
  const aws = { kind: 'bedrock', baseUrl: vendor.url, region: AWS_REGION, accessKeyId: AWS_KEY_ID, secretAccessKey: SECRET };
  gateway = await startModelGateway({}, { providers: { aws }, firstTokenMs: 5000, answerMs: 5000 });
});
afterAll(async () => {
  await gateway.stop();
  await vendor.stop();
});

const ask = (path: string, body: object): Promise<Response> => postTo(gateway, path, body);

// @requirement M1.d
describe('embeddings of Bedrock behind the gateway', () => {
  it.each([TITAN, COHERE] as const)('%s embeds for clients of OpenAI, and names what it does not carry', async (name) => {
    const response = await ask('/v1/embeddings', { model: `aws/${name}`, input: ['Hi', 'you'], user: 'u' });
    expect([response.status, response.headers.get('x-switchyard-not-carried')]).toEqual([200, 'user']);
    expect(await response.json()).toMatchObject({ data: [{ embedding: [2, 0.5] }, { embedding: [3, 0.5] }], usage: { prompt_tokens: 5 } });
  });

  it.each([TITAN, COHERE] as const)('%s embeds for clients of Gemini by conversion', async (name) => {
    const requests = ['Hi', 'you'].map((text) => ({ model: `models/aws/${name}`, content: { parts: [{ text }] }, outputDimensionality: 256 }));
    const response = await ask(`/v1beta/models/aws/${name}:batchEmbedContents`, { requests });
    expect(await response.json()).toMatchObject({
      embeddings: [{ values: [2, 0.5] }, { values: [3, 0.5] }],
      usageMetadata: { promptTokenCount: 5 },
    });
  });

  it.each([
    [TITAN, [1, 2], 'CONVERSION_REFUSED'],
    [MODEL, 'Hi', 'OPERATION_UNSUPPORTED'],
  ] as const)('%s asked to embed %j refuses as %s', async (name, input, code) => {
    const response = await ask('/v1/embeddings', { model: `aws/${name}`, input });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(code) as unknown]);
  });

  it('shows no credential in audit or log', () => {
    expect(vendor.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify([gateway.records(), gateway.log])).not.toContain(SECRET);
  });
});
