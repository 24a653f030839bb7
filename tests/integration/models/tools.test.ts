import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { ANSWER } from '../../helpers/fault-provider.ts';
import { startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';

let gateway: ModelGateway;

beforeAll(async () => {
  gateway = await startModelGateway({ default: ['oa/ok@default'], both: ['oa/down@both', 'an/ok@both'] });
});
afterAll(() => gateway.stop());

/** Calls a tool over the REST facade, as a client would. */
async function callTool(name: string, input: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${gateway.url}/mcp/v1/tools/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ arguments: input }),
  });
  const body: unknown = await response.json();
  if (!isObject(body)) throw new Error('no object');
  return body;
}

it.each([
  ['of OpenAI', undefined, 'oa', 'ok@default'],
  ['of Anthropic', 'an/ok@tools', 'an', 'ok@tools'],
  ['behind one that is down', 'both', 'an', 'ok@both'],
])('T10.a llm_complete streams from a provider %s and answers whole', async (_name, model, provider, servedModel) => {
  const { success, data } = await callTool('llm_complete', { prompt: 'Hello', ...(model === undefined ? {} : { model }) });
  expect(success).toBe(true);
  expect(data).toEqual({
    content: ANSWER,
    model: servedModel,
    provider,
    usage: { prompt_tokens: 7, completion_tokens: 11, total_tokens: 18 },
    cost_micro_usd: null,
    finish_reason: 'stop',
  });
});

it('T10.c tells a failure of the provider as a failure of the tool, with code and fix', async () => {
  expect(await callTool('llm_complete', { prompt: 'Hello', model: 'oa/bad-key' })).toMatchObject({ error: { code: 'PROVIDER_KEY_REFUSED' } });
  expect(await callTool('llm_complete', { prompt: 'Hello', model: 'none/ok' })).toMatchObject({ error: { code: 'PROVIDER_NOT_CONFIGURED' } });
});

it('T10.c cancelling llm_complete cancels the provider, also before its next word', async () => {
  const { runner } = gateway.app;
  const leaving = new AbortController();
  const admission = await runner.admit({ door: 'test', source: '127.0.0.1', credential: { kind: 'bearer', token: gateway.key } });
  const progress: unknown[] = [];
  const answer = runner.run({
    admission,
    target: { kind: 'tool', name: 'llm_complete' },
    input: { prompt: 'Hello', model: 'oa/trickle@tool' },
    trace: { correlationId: 'cancel' },
    signal: leaving.signal,
    emit: (part) => void progress.push(part),
  });
  const asked = (): (typeof gateway.provider.requests)[number] | undefined => gateway.provider.requests.find(({ model }) => model === 'trickle@tool');
  await expect.poll(() => progress.length, { timeout: 5000 }).toBeGreaterThan(0);
  const leftAt = performance.now();
  leaving.abort();
  expect((await answer).terminal).toMatchObject({ type: 'error', error: { code: 'CANCELLED' } });
  await expect.poll(() => asked()?.leftAt, { timeout: 5000 }).toBeDefined();
  expect((asked()?.leftAt ?? Infinity) - leftAt).toBeLessThan(100);
});

it('T10.b llm_models tells names, targets and how the providers are', async () => {
  const { data } = await callTool('llm_models', { check: true });
  expect(data).toMatchObject({
    models: expect.arrayContaining([expect.objectContaining({ name: 'both', targets: ['oa/down@both', 'an/ok@both'] })]) as unknown,
  });
});
