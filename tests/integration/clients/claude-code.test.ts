/** Claude Code itself, offline: its model is a stub that asks for one tool. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { auditOf, bin, type Gateway, projectOf, startGateway } from '../../helpers/gateway.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { FINAL_TEXT, startMessagesApi, type ToolWish } from './messages-api-stub.ts';

let claude: Installed;
let gateway: Gateway;
beforeAll(async () => {
  [claude, gateway] = await Promise.all([installNode('claude-code'), startGateway()]);
}, 300_000);
afterAll(async () => {
  await gateway.stop();
});
beforeEach((context) => {
  if (claude.missing !== undefined) context.skip(claude.missing);
});

interface Session {
  readonly result: string;
  readonly offered: ReadonlySet<string>;
  readonly results: readonly JsonObject[];
}

/** One `claude -p` with a home of its own and no way out but the stub. */
async function converse(wish: ToolWish, server: JsonObject): Promise<Session> {
  const stub = await startMessagesApi(wish);
  const folder = projectOf(gateway.home);
  const mcpConfig = join(folder, 'mcp.json');
  mkdirSync(join(folder, 'claude-home'), { recursive: true });
  writeFileSync(mcpConfig, JSON.stringify({ mcpServers: { switchyard: server } }));
  const env = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'claude-home'),
    ANTHROPIC_BASE_URL: stub.url,
    ANTHROPIC_API_KEY: 'sk-ant-none',
    ENABLE_TOOL_SEARCH: 'false',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    IS_SANDBOX: '1',
  };
  const script = join(claude.folder, 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');
  const args = ['-p', 'Use the tool.', '--mcp-config', mcpConfig, '--strict-mcp-config', '--allowedTools', wish.name, '--output-format', 'json'];
  try {
    const stdout = await new Promise<string>((resolve, reject) => {
      const child = execFile(process.execPath, [script, ...args], { env, cwd: folder, timeout: 50_000 }, (error, out, err) => {
        if (error) reject(new Error(`${out}\n${err}`, { cause: error }));
        else resolve(out);
      });
      child.stdin?.end();
    });
    return { result: (JSON.parse(stdout) as { result: string }).result, offered: stub.offered, results: stub.results };
  } finally {
    await stub.stop();
  }
}

const overHttp = (): JsonObject => ({ type: 'http', url: `${gateway.url}/mcp`, headers: { Authorization: `Bearer ${gateway.key}` } });
const overStdio = (): JsonObject => ({ type: 'stdio', command: process.execPath, args: [bin, 'stdio'], env: { SWITCHYARD_HOME: gateway.home } });

it.each([
  ['HTTP', 'mcp-http', overHttp],
  ['stdio', 'mcp-stdio', overStdio],
])('Claude Code lists tools and calls one over %s', async (_transport, door, server) => {
  const { result, offered, results } = await converse({ name: 'mcp__switchyard__echo', input: { message: `by ${door}` } }, server());
  expect([...offered]).toEqual(expect.arrayContaining(['echo', 'ping', 'read_file', 'write_file', 'list_directory'].map((name) => `mcp__switchyard__${name}`)));
  expect(result).toBe(FINAL_TEXT);
  expect(results).toHaveLength(1);
  const answer = JSON.parse(textOf(results[0])) as { data: unknown; correlation_id: string };
  expect(answer.data).toMatchObject({ echo: `by ${door}` });
  expect(await auditOf(gateway.home, '--correlation', answer.correlation_id)).toMatchObject([
    { event: 'tool_executed', target: 'tool:echo', outcome: 'ok', decision: 'allow', door, client: expect.stringContaining('claude-code') },
  ]);
});

it('Claude Code lists the folder it was started in', async () => {
  const { results } = await converse({ name: 'mcp__switchyard__list_directory', input: { path: '.' } }, overStdio());
  expect(textOf(results[0])).toContain('mcp.json');
});

it('Claude Code is given the failure of a tool as a failure', async () => {
  const { results } = await converse({ name: 'mcp__switchyard__read_file', input: { path: '../secret' } }, overStdio());
  expect(results[0]).toMatchObject({ is_error: true });
  expect(textOf(results[0])).toContain('PATH_OUTSIDE');
});

it('Claude Code is offered nothing with a wrong key', async () => {
  const wrong = { ...overHttp(), headers: { Authorization: 'Bearer sk-sy-000000000000-000000000000000000000000000000000000000000000000' } };
  const { offered, results } = await converse({ name: 'mcp__switchyard__echo', input: { message: 'x' } }, wrong);
  expect([...offered].filter((name) => name.startsWith('mcp__switchyard__'))).toEqual([]);
  expect(results).toEqual([]);
});

/** A tool_result's content is a text, or blocks of text. */
function textOf(result: JsonObject | undefined): string {
  const content = result?.['content'];
  return typeof content === 'string' ? content : ((content as readonly { readonly text?: string }[] | undefined) ?? []).map(({ text = '' }) => text).join('');
}
