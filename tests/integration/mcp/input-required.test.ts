import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureTools, plainTool, say } from '../../conformance/fixture/tools.ts';
import { form } from '../../conformance/fixture/questions.ts';
import { BOB, startGateway, type Gateway } from '../../helpers/mcp-gateway.ts';
import { modern, type RawOptions, errorOf, resultOf } from '../../helpers/mcp-http.ts';

const hooks = { toggleTool: () => undefined, togglePrompt: () => undefined };
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
const NAME = form('Who?', { name: { type: 'string' } });

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    tools: [
      ...fixtureTools(hooks),
      plainTool('ask_url', 'Sends the person to a page.', async (_input, context) => {
        await context.ask({ page: { method: 'elicitation/create', params: { mode: 'url', message: 'Sign in', url: 'https://example.org' } } });
        return say('signed in');
      }),
      plainTool(
        'ask_about',
        'Asks about its argument.',
        async ({ topic }, context) => {
          const { about } = await context.ask({ about: NAME });
          return say(`${String(topic)}: ${JSON.stringify(about?.['content'])}`);
        },
        { type: 'object', properties: { topic: { type: 'string' }, more: {} } },
      ),
    ],
    prompts: fixturePrompts,
    door: { stateTtlSeconds: 2 },
  });
});
afterAll(() => gateway.stop());

function call(name: string, params: JsonObject = {}, capabilities: JsonObject = CAPABILITIES, options: RawOptions = {}) {
  return modern(gateway.url, 'tools/call', { name, arguments: {}, ...params, _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } }, options);
}

const textOf = (answer: { readonly json: JsonObject }): unknown => (resultOf(answer)['content'] as readonly JsonObject[] | undefined)?.[0]?.['text'];
const accept = (content: JsonObject): JsonObject => ({ action: 'accept', content });

describe('K2.k a question to a client without a stream', () => {
  it('ends the call with the question and a state, and the next call with the answer', async () => {
    const first = resultOf(await call('test_input_required_result_elicitation'));
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { user_name: { method: 'elicitation/create' } },
      requestState: expect.any(String),
    });
    const second = await call('test_input_required_result_elicitation', {
      inputResponses: { user_name: accept({ name: 'Ada' }) },
      requestState: first['requestState'],
    });
    expect(textOf(second)).toBe('Hello, Ada!');
    expect(resultOf(second)['resultType']).toBe('complete');
  });

  it('keeps the answers of earlier rounds, which the client then cannot change', async () => {
    const one = resultOf(await call('test_input_required_result_multi_round'));
    const two = resultOf(
      await call('test_input_required_result_multi_round', { inputResponses: { step1: accept({ name: 'Ada' }) }, requestState: one['requestState'] }),
    );
    expect(two).toMatchObject({ resultType: 'input_required', inputRequests: { step2: {} } });
    expect(two['inputRequests']).not.toHaveProperty('step1');
    const three = await call('test_input_required_result_multi_round', {
      inputResponses: { step1: accept({ name: 'Mallory' }), step2: accept({ color: 'green' }) },
      requestState: two['requestState'],
    });
    expect(textOf(three)).toBe('Ada likes green.');
  });

  it('asks again for what is missing, and ignores what nobody asked', async () => {
    expect(resultOf(await call('test_input_required_result_elicitation', { inputResponses: { other: accept({}) } }))['resultType']).toBe('input_required');
    expect(textOf(await call('test_input_required_result_elicitation', { inputResponses: { user_name: accept({ name: 'Ada' }), other: accept({}) } }))).toBe(
      'Hello, Ada!',
    );
  });

  it('is recorded as such, and settles the call', async () => {
    await call('test_input_required_result_elicitation');
    expect(gateway.records.at(-1)).toMatchObject({ phase: 'outcome', outcome: 'input_required' });
    expect(gateway.pipeline.activeCalls).toBe(0);
  });
});

describe('answers that are none', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['a number for an object', { user_name: 12345 }],
    ['no action', { user_name: {} }],
    ['another action', { user_name: { action: 'maybe' } }],
    ['content that is no object', { user_name: { action: 'accept', content: 'Ada' } }],
  ])('are refused: %s', async (_name, inputResponses) => {
    const answer = await call('test_input_required_result_elicitation', { inputResponses });
    expect(errorOf(answer)['code']).toBe(-32602);
  });
});

describe('K2.l the state', () => {
  const ask = async (topic: string): Promise<string> => String(resultOf(await call('ask_about', { arguments: { topic } }))['requestState']);
  const retry = (state: unknown, params: JsonObject = {}, options: RawOptions = {}) =>
    call(
      'ask_about',
      { arguments: { topic: 'weather' }, inputResponses: { about: accept({ name: 'x' }) }, requestState: state, ...params },
      CAPABILITIES,
      options,
    );

  it('opens for the same caller, tool and input, in whatever order the members come', async () => {
    const state = String(resultOf(await call('ask_about', { arguments: { topic: 'weather', more: { a: 1, b: [2] } } }))['requestState']);
    expect(textOf(await retry(state, { arguments: { more: { b: [2], a: 1 }, topic: 'weather' } }))).toContain('weather');
  });

  it('does not open for another principal', async () => {
    expect(errorOf(await retry(await ask('weather'), {}, { token: BOB }))).toMatchObject({ code: -32602, data: { code: 'STATE_INVALID' } });
  });

  it('does not open for another input or another tool', async () => {
    const state = await ask('news');
    expect(errorOf(await retry(state))).toMatchObject({ data: { code: 'STATE_INVALID' } });
    expect(errorOf(await call('test_input_required_result_elicitation', { requestState: state }))).toMatchObject({ data: { code: 'STATE_INVALID' } });
  });

  it.each(['', 'AAAA', 'é', 'x'.repeat(2_000_000)].map((text) => [text.length, text] as const))(
    'does not open a made-up text of length %i',
    async (_length, text) => {
      expect(errorOf(await retry(text))).toMatchObject({ code: -32602, data: { code: 'STATE_INVALID' } });
    },
  );

  it('does not open when one character was changed', async () => {
    const state = await ask('weather');
    const at = state.length >> 1;
    const altered = `${state.slice(0, at)}${state[at] === 'A' ? 'B' : 'A'}${state.slice(at + 1)}`;
    expect(errorOf(await retry(altered))).toMatchObject({ data: { code: 'STATE_INVALID' } });
  });

  it('must be a text', async () => {
    expect(errorOf(await retry(7))).toMatchObject({ code: -32602, data: { code: 'INVALID_PARAMS' } });
  });

  it('expires', async () => {
    const state = await ask('weather');
    expect(textOf(await retry(state))).toContain('weather');
    await vi.waitFor(async () => expect(errorOf(await retry(state))).toMatchObject({ data: { code: 'STATE_INVALID' } }), { timeout: 4000, interval: 300 });
  });
});

describe('capabilities', () => {
  it.each([
    ['test_missing_capability', {}, { sampling: {} }],
    ['test_input_required_result_elicitation', { sampling: {} }, { elicitation: { form: {} } }],
    ['test_input_required_result_elicitation', { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    ['ask_url', { elicitation: {} }, { elicitation: { url: {} } }],
    ['test_input_required_result_multiple_inputs', { elicitation: {} }, { sampling: {}, roots: {} }],
  ])('%s with %j is refused with what is missing', async (name, declared, requiredCapabilities) => {
    const answer = await call(name, {}, declared);
    expect([answer.status, errorOf(answer)['code']]).toEqual([400, -32021]);
    expect(errorOf(answer)['data']).toMatchObject({ requiredCapabilities });
  });

  it.each([
    ['test_input_required_result_elicitation', { elicitation: { form: {} } }],
    ['test_input_required_result_elicitation', { elicitation: { form: {}, url: {} } }],
    ['ask_url', { elicitation: { url: {} } }],
  ])('%s with %j asks', async (name, declared) => {
    expect(resultOf(await call(name, {}, declared))['resultType']).toBe('input_required');
  });
});
