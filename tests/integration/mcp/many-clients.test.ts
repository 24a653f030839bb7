import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { plainTool } from '../../conformance/fixture/tools.ts';
import { form } from '../../conformance/fixture/questions.ts';
import { type Gateway, principalOf, startGateway } from '../../helpers/mcp-gateway.ts';
import { legacy, modern, openSession, raw, stream } from '../../helpers/mcp-http.ts';

const CLIENTS = 1000;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    tools: [
      plainTool(
        'who',
        'Says who calls.',
        async ({ nonce }, { principal }) => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
          return { content: [], structuredContent: { id: principal.id, nonce } };
        },
        { type: 'object', properties: { nonce: { type: 'string' } } },
      ),
      plainTool('ask', 'Asks who calls.', async (_input, context) => {
        const { name } = await context.ask({ name: form('Who?', { name: { type: 'string' } }) });
        const content = isObject(name?.['content']) ? name['content'] : {};
        return { content: [], structuredContent: { id: context.principal.id, name: content['name'] } };
      }),
      {
        name: 'adorned',
        description: 'Has everything.',
        title: 'Adorned',
        annotations: { readOnlyHint: true, title: 'Hint' },
        icons: [{ src: 'data:image/png;base64,AA==', mimeType: 'image/png' }],
        handler: () => ({}),
      },
    ],
  });
  for (let client = 0; client < CLIENTS; client += 1) gateway.tokens.set(`token-${client}`, principalOf(`client-${client}`));
});
afterAll(() => gateway.stop());

const resultOf = (json: JsonObject): JsonObject => (json['result'] as JsonObject)['structuredContent'] as JsonObject;

/** One client of the modern era, or of a session that also answers a question. */
async function talk(client: number): Promise<void> {
  const token = `token-${client}`;
  const own = { id: `key:client-${client}`, nonce: `nonce-${client}` };
  const params = { name: 'who', arguments: { nonce: own.nonce } };
  if (client % 2 === 0) {
    for (let round = 0; round < 3; round += 1) expect(resultOf((await modern(gateway.url, 'tools/call', params, { token })).json)).toEqual(own);
    return;
  }
  const session = await openSession(gateway.url, { token, capabilities: { elicitation: {} } });
  expect(resultOf((await legacy(gateway.url, 'tools/call', params, { token, session })).json)).toEqual(own);
  const open = await stream(
    gateway.url,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'ask' } },
    { token, headers: { 'Mcp-Session-Id': session } },
  );
  while (open.messages().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = { jsonrpc: '2.0', id: open.messages()[0]?.['id'], result: { action: 'accept', content: { name: own.nonce } } };
  await raw(gateway.url, answer, { token, headers: { 'Mcp-Session-Id': session } });
  await open.ended;
  expect(resultOf(open.messages().at(-1) ?? {})).toEqual({ id: own.id, name: own.nonce });
}

it('K6.b a thousand clients with their own keys get their own answers', async () => {
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => talk(client)));
  expect(gateway.pipeline.activeCalls).toBe(0);
});

it('K2.a tools are listed with title, annotations and icons, and called', async () => {
  const { json } = await modern(gateway.url, 'tools/list');
  const { tools } = json['result'] as { readonly tools: readonly JsonObject[] };
  expect(tools.find(({ name }) => name === 'adorned')).toMatchObject({
    title: 'Adorned',
    annotations: { readOnlyHint: true, title: 'Hint' },
    icons: [{ src: 'data:image/png;base64,AA==' }],
    outputSchema: { type: 'object' },
  });
  expect((await modern(gateway.url, 'tools/call', { name: 'adorned' })).json['result']).toMatchObject({ structuredContent: { success: true } });
});
