/** A catalogue of 400 tools: what clients are shown of it, and the tools by which they find the rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogue } from '../../../bench/tools/tool-search-data.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { modern } from '../../helpers/mcp-http.ts';
import { bad, GOOD, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { connect } from '../mcp/clients.ts';
import { turningServer } from '../../helpers/turning-server.ts';

const META = ['tools_call', 'tools_list', 'tools_list_categories', 'tools_schema', 'tools_search'];
const folder = mkdtempSync(join(tmpdir(), 'sy-search-'));
let gateway: UpstreamGateway;

beforeAll(async () => {
  const tools = readCatalogue().map(({ own, category, definition }) => ({ ...definition, name: `${category}_${own}` }));
  const office = turningServer(folder);
  office.serve(tools);
  gateway = await startUpstreamGateway(
    { office: { ...office.entry, pins: 'off' }, good: { ...GOOD, pins: 'off' }, other: { ...bad('ok'), pins: 'off' } },
    {
      config: {
        profiles: {
          all: { toolSearch: 'never' },
          few: { toolSearch: 'always', upstreams: ['other', 'good'], tools: { deny: ['other__env'], rename: { other__echo: 'say' } } },
          small: { upstreams: ['other'] },
        },
        toolSearch: { alwaysListed: ['other__pid'] },
        policy: { rules: [{ id: 'no-payments', effect: 'deny', targets: ['tool:office__payments_*'] }] },
      },
    },
  );
  await gateway.untilUp('office', 'good', 'other');
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (profile: string | undefined, method: string, params: JsonObject = {}): Promise<JsonObject> =>
  (await modern(profile === undefined ? gateway.url : `${gateway.url}/${profile}`, method, params, { token: gateway.key })).json;
const listed = async (profile?: string, params: JsonObject = {}): Promise<{ readonly names: string[]; readonly text: string }> => {
  const tools = (await ask(profile, 'tools/list', params))['result'] as { tools: JsonObject[]; nextCursor?: string };
  const rest = tools.nextCursor === undefined ? { names: [], text: '' } : await listed(profile, { cursor: tools.nextCursor });
  return { names: [...tools.tools.map(({ name }) => String(name)), ...rest.names], text: JSON.stringify(tools.tools) + rest.text };
};
const use = async (name: string, input: JsonObject = {}, profile?: string): Promise<JsonObject> => {
  const answer = await ask(profile, 'tools/call', { name, arguments: input });
  return (answer['result'] ?? answer) as JsonObject;
};
const dataOf = (result: JsonObject): JsonObject => result['structuredContent'] as JsonObject;
const namesIn = (result: JsonObject): string[] => (dataOf(result)['tools'] as JsonObject[]).map(({ name }) => String(name));

describe('tools/list of a large catalogue', () => {
  // @requirement T13.b
  it('is the five search tools and what the operator keeps beside them, a tenth of the tokens or less', async () => {
    const [short, whole] = [await listed(), await listed('all')];
    expect(short.names).toEqual([...META, 'other__pid'].toSorted());
    expect(whole.names.length).toBeGreaterThan(400);
    expect(whole.names).not.toContain('tools_search');
    expect(short.text.length).toBeLessThan(whole.text.length / 10);
  });

  // @requirement T13.b
  it('is whole where it is small, where the profile says so, and in the profile that an upstream has', async () => {
    expect((await listed('small')).names).toContain('other__echo');
    expect((await listed('office')).names.length).toBeGreaterThan(300);
    expect((await listed('few')).names).toEqual([...META, 'other__pid'].toSorted());
  });

  // @requirement T13.c
  it('is whole for a client that defers tools itself, and short for others', async () => {
    const meta = (name: string): JsonObject => ({ _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } } });
    expect((await listed(undefined, meta('claude-code'))).names.length).toBeGreaterThan(400);
    expect((await listed(undefined, meta('cursor'))).names).toHaveLength(6);
  });
});

describe('the search tools', () => {
  // @requirement T13.a
  it('find a tool by a task, show it, and call it', async () => {
    const found = await use('tools_search', { query: 'How many days of vacation do I have?' });
    expect(namesIn(found)).toContain('office__people_get_leave_balance');
    expect(dataOf(found)['tools']).toContainEqual(expect.objectContaining({ category: 'office', parameters: ['person?'] }));
    const schema = dataOf(await use('tools_schema', { tool: 'office__people_get_leave_balance' }));
    expect(schema['tool']).toMatchObject({ name: 'office__people_get_leave_balance', inputSchema: { type: 'object' } });
    const called = await use('tools_call', { tool: 'office__people_get_leave_balance', input: {} });
    expect(called['content']).toEqual([{ type: 'text', text: 'called people_get_leave_balance' }]);
  });

  // @requirement T13.a
  it('list categories and the tools of one, in pages', async () => {
    const categories = dataOf(await use('tools_list_categories'))['categories'];
    expect(categories).toContainEqual({ category: 'office', tools: 380 });
    expect(categories).toContainEqual(expect.objectContaining({ category: 'models' }));
    const page = await use('tools_list', { category: 'office', offset: 300 });
    expect([namesIn(page).length, dataOf(page)['left']]).toEqual([80, undefined]);
    expect(dataOf(await use('tools_list', { category: 'office' }))).toMatchObject({ left: 280, next_offset: 100 });
    expect(await use('tools_list', { category: 'nothing' })).toMatchObject({ isError: true });
  });

  // @requirement T13.f
  it('name, show and call nothing that the caller may not call', async () => {
    const query = { query: 'refund a charge, give money back to the customer', limit: 20 };
    expect(namesIn(await use('tools_search', query)).filter((name) => name.includes('payments'))).toEqual([]);
    expect(await use('tools_schema', { tool: 'office__payments_refund_charge' })).toMatchObject({ error: { code: -32602 } });
    expect(await use('tools_call', { tool: 'office__payments_refund_charge', input: { charge: 'x' } })).toMatchObject({
      error: { data: { code: 'PERMISSION_DENIED', rule: 'deny:no-payments' } },
    });
    expect(namesIn(await use('tools_list', { category: 'office' })).filter((name) => name.includes('payments'))).toEqual([]);
  });

  // @requirement T13.f
  it('call by a child call that is authorized and recorded on its own', async () => {
    await use('tools_call', { tool: 'other__echo', input: { words: 'child' } });
    const outcome = gateway.records().findLast(({ target, phase }) => target === 'tool:other__echo' && phase === 'outcome');
    const parent = gateway.records().findLast(({ target, phase }) => target === 'tool:tools_call' && phase === 'outcome');
    expect(outcome).toMatchObject({ outcome: 'ok', parentId: parent?.['callId'] });
    await use('tools_call', { tool: 'office__payments_refund_charge', input: { charge: 'x' } });
    expect(gateway.records().findLast(({ target }) => target === 'tool:office__payments_refund_charge')).toMatchObject({
      decision: 'deny',
      outcome: 'PERMISSION_DENIED',
    });
  });

  // @requirement T13.f
  it('stay inside of the profile', async () => {
    expect(namesIn(await use('tools_search', { query: 'echo say words', limit: 20 }, 'few'))).toContain('say');
    expect((await use('tools_call', { tool: 'say', input: { words: 'hi' } }, 'few'))['content']).toEqual([{ type: 'text', text: '{"words":"hi"}' }]);
    for (const tool of ['other__echo', 'other__env', 'office__repo_get_commit', 'echo'])
      expect(await use('tools_call', { tool, input: { words: 'x' } }, 'few'), tool).toMatchObject({ error: { code: -32602 } });
    expect(dataOf(await use('tools_list_categories', {}, 'few'))['categories']).toEqual([
      { category: 'good', tools: expect.any(Number) },
      { category: 'other', tools: expect.any(Number) },
    ]);
    // Where the profile shows everything there are none.
    expect(await use('tools_search', { query: 'x' }, 'all')).toMatchObject({ error: { code: -32602 } });
  });

  // @requirement T13.a
  it('pass questions, progress and failures of the called tool on', async () => {
    const heard: number[] = [];
    for (const kind of ['v2 modern', 'v1'] as const) {
      const speaker = await connect(kind, { url: gateway.url, token: gateway.key });
      const call = (tool: string, input: JsonObject = {}): ReturnType<typeof speaker.call> =>
        speaker.call('tools_call', { tool, input }, { onProgress: (progress) => heard.push(progress) });
      expect((await call('good__test_elicitation', { message: 'Who?' })).text).toContain('ada@example.org');
      expect((await call('good__test_error_handling')).isError).toBe(true);
      await call('good__test_tool_with_progress');
      await speaker.close();
    }
    expect(heard.length).toBeGreaterThan(2);
    expect(await use('tools_call', { tool: 'tools_call', input: { tool: 'other__pid' } })).toMatchObject({ isError: true });
    expect(await use('tools_call', { tool: 'other__echo', input: { words: 7 } })).toMatchObject({ isError: true });
    expect(await use('tools_search', { query: 'x'.repeat(1001) })).toMatchObject({ isError: true });
  });
});
