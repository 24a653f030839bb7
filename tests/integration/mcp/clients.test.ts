import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ALICE, type Gateway } from '../../helpers/mcp-gateway.ts';
import { connect, type Kind, type Server, type Speaker } from './clients.ts';
import { endings } from './tools.ts';
import { startFixtureGateway, WATCHED } from '../../helpers/fixture-gateway.ts';

const stdioServer: Server = { command: process.execPath, args: [fileURLToPath(new URL('../../helpers/mcp-stdio-server.ts', import.meta.url))] };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startFixtureGateway();
});
afterAll(() => gateway.stop());

const kinds: readonly Kind[] = ['v2 modern', 'v2 legacy', 'v1'];
const transports = ['http', 'stdio'] as const;

describe.each(transports.flatMap((transport) => kinds.map((kind) => ({ transport, kind }))))('K1.d $kind client over $transport', ({ transport, kind }) => {
  let speaker: Speaker;
  beforeAll(async () => {
    speaker = await connect(kind, transport === 'http' ? { url: gateway.url, token: ALICE } : stdioServer);
  });
  afterAll(() => speaker.close());

  it('lists tools', async () => {
    expect(await speaker.toolNames()).toContain('test_simple_text');
  });

  it('calls a tool', async () => {
    expect(await speaker.call('test_simple_text')).toEqual({ text: 'This is a simple text response for testing.', isError: false });
  });

  it('sees the failure of a tool as a result, and an unknown tool as an error', async () => {
    expect(await speaker.call('test_error_handling')).toMatchObject({ isError: true, text: expect.stringContaining('intentionally') });
    await expect(speaker.call('no_such_tool')).rejects.toMatchObject({ code: -32602 });
  });

  it('K2.c K2.e reads resources, also of templates, and gets prompts', async () => {
    expect(await speaker.read('test://static-text')).toBe('This is the content of the static text resource.');
    expect(await speaker.read('test://template/42/data')).toContain('Data for ID: 42');
    expect(await speaker.prompt('test_prompt_with_arguments', { arg1: 'a', arg2: 'b' })).toContain("arg1='a', arg2='b'");
  });

  it('learns by the code of its revision that a resource does not exist', async () => {
    // The v2 client turns the old code into the new one.
    await expect(speaker.read('test://nowhere')).rejects.toMatchObject({ code: kind === 'v1' ? -32002 : -32602 });
  });

  it('completes arguments', async () => {
    expect(await speaker.complete('test_prompt_with_arguments', 'arg1', 'par')).toEqual(['paris', 'park', 'party']);
  });

  it('answers a form, a sampling request and a question for roots', async () => {
    expect(await speaker.call('test_elicitation', { message: 'Who?' })).toMatchObject({ text: expect.stringContaining('ada@example.org') });
    expect(await speaker.call('test_sampling', { prompt: 'Capital?' })).toMatchObject({ text: 'LLM response: Paris' });
    expect(await speaker.call('test_input_required_result_list_roots')).toMatchObject({ text: expect.stringContaining('file:///project') });
  });

  it('answers several questions at once, and one after the other', async () => {
    expect(await speaker.call('test_input_required_result_multiple_inputs')).toMatchObject({ text: 'Got client_roots, greeting, user_name.' });
    expect(await speaker.call('test_input_required_result_multi_round')).toMatchObject({ text: 'Ada likes green.' });
    expect(await speaker.prompt('test_input_required_result_prompt', {})).toContain('Context: tests');
  });

  it('hears progress in order', async () => {
    const heard: number[] = [];
    await speaker.call('test_tool_with_progress', {}, { onProgress: (progress) => heard.push(progress) });
    // A last report that arrives together with the answer is dropped by the clients.
    expect(heard.slice(0, 2)).toEqual([0, 50]);
  });

  it('cancels a call', async () => {
    const controller = new AbortController();
    const call = speaker.call('slow', { ms: 20_000 }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(call).rejects.toThrow();
    if (transport === 'http') await vi.waitFor(() => expect(endings.at(-1)).toBe('cancelled'), { timeout: 1000 });
    expect(await speaker.call('test_simple_text')).toMatchObject({ isError: false });
  });

  it('hears of changes', async () => {
    await speaker.watch(WATCHED);
    await speaker.call('test_trigger_tool_change');
    await vi.waitFor(() => expect(speaker.heard.toolChanges).toBeGreaterThan(0), { timeout: 2000 });
    await speaker.call('slow', { ms: 1 });
    await vi.waitFor(() => expect(speaker.heard.updates).toContain(WATCHED), { timeout: 2000 });
    await speaker.call('test_trigger_tool_change');
  });

  // The modern client has no way to ask for a level.
  if (kind !== 'v2 modern') {
    it('hears logs', async () => {
      await speaker.call('test_tool_with_logging');
      expect(speaker.heard.logs).toContain('Tool execution completed');
    });
  }
});

afterEach(() => {
  endings.length = 0;
});
