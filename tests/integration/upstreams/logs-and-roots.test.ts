/** What an upstream says and asks beside its results: log messages at the level that the client wants, roots, questions of tasks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { fixtureTools } from '../../conformance/fixture/tools.ts';
import { type Gateway, startGateway } from '../../helpers/mcp-gateway.ts';
import { modern, type RawAnswer } from '../../helpers/mcp-http.ts';
import { GOOD, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

let folder: string;
let far: Gateway;
let gateway: UpstreamGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sy-logs-'));
  far = await startGateway({ tools: fixtureTools({ toggleTool: () => undefined, togglePrompt: () => undefined }) });
  gateway = await startUpstreamGateway({
    posted: { transport: 'http', url: far.url, headers: { Authorization: 'Bearer token-alice' }, pins: 'off' },
    piped: { ...GOOD, pins: 'off' },
    old: { transport: 'stdio', command: process.execPath, args: [join(root, 'tests/helpers/watched-upstream.mjs'), join(folder, 'notes')] },
  });
  await until(async () => {
    const { text } = await modern(gateway.url, 'tools/list', {}, { token: gateway.key });
    return ['posted__test_logging_tool', 'piped__test_logging_tool', 'old__speak'].every((name) => text.includes(name));
  }, 'all are listed');
});
afterAll(async () => {
  await gateway.stop();
  await far.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = (name: string, meta: JsonObject = {}, params: JsonObject = {}): Promise<RawAnswer> =>
  modern(gateway.url, 'tools/call', { name, arguments: {}, ...params, _meta: meta }, { token: gateway.key });
const heard = async (name: string, level: string | undefined): Promise<unknown[]> => {
  const { events } = await call(name, level === undefined ? {} : { 'io.modelcontextprotocol/logLevel': level });
  return events
    .map(({ data }) => JSON.parse(data) as JsonObject)
    .filter(({ method }) => method === 'notifications/message')
    .map(({ params }) => (isObject(params) ? params['level'] : undefined));
};

// @requirement G2.o
describe('G2.o log messages of an upstream', () => {
  it.each(['posted', 'piped'])('of the modern era come at the level that the client wants: %s', async (upstream) => {
    expect(await heard(`${upstream}__test_logging_tool`, 'debug')).toEqual(['debug', 'info', 'warning', 'error']);
    expect(await heard(`${upstream}__test_logging_tool`, 'warning')).toEqual(['warning', 'error']);
    expect(await heard(`${upstream}__test_logging_tool`, undefined)).toEqual([]);
  });

  it('of the legacy era come too: the server is told the lowest level that anybody wants, once', async () => {
    const levels = (): string[] =>
      readFileSync(join(folder, 'notes'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('level'));
    expect(await heard('old__speak', 'error')).toEqual(['error']);
    expect(levels()).toEqual(['level error']);
    expect(await heard('old__speak', 'debug')).toEqual(['debug', 'info', 'error']);
    expect(await heard('old__speak', 'info')).toEqual(['info', 'error']);
    expect(levels()).toEqual(['level error', 'level debug']);
  });
});

// @requirement G2.p
describe('G2.p questions of an upstream', () => {
  it('about roots go to a client that declares them, and are refused for one that does not', async () => {
    const name = 'posted__test_input_required_result_list_roots';
    const capabilities = { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } };
    const { json } = await call(name, capabilities);
    const first = isObject(json['result']) ? json['result'] : {};
    const [key = ''] = Object.keys(isObject(first['inputRequests']) ? first['inputRequests'] : {});
    expect(first).toMatchObject({ resultType: 'input_required', inputRequests: { [key]: { method: 'roots/list' } } });
    const answers = { inputResponses: { [key]: { roots: [{ uri: 'file:///project' }] } }, requestState: first['requestState'] };
    expect((await call(name, capabilities, answers)).text).toContain('file:///project');
    expect((await call(name)).text).toContain('-32021');
  });

  it('make a task of the call for a client that can follow one: it goes on where it was', async () => {
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } } };
    const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
      const { json } = await modern(gateway.url, method, { ...params, _meta: meta }, { token: gateway.key });
      return isObject(json['result']) ? json['result'] : {};
    };
    const created = await ask('tools/call', { name: 'piped__test_input_required_result_elicitation', arguments: {} });
    expect(created).toMatchObject({ resultType: 'task' });
    const { taskId } = created;
    const state = await vi.waitFor(async () => {
      const found = await ask('tasks/get', { taskId });
      expect(found).toMatchObject({ status: 'input_required' });
      return found;
    });
    const [key = ''] = Object.keys(isObject(state['inputRequests']) ? state['inputRequests'] : {});
    await ask('tasks/update', { taskId, inputResponses: { [key]: { action: 'accept', content: { name: 'Ada' } } } });
    await vi.waitFor(async () => expect(JSON.stringify(await ask('tasks/get', { taskId }))).toContain('Hello, Ada!'), { timeout: 5000 });
  });
});
