/** Claude Code itself, offline: its model is a stub that asks for one tool. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { auditOf, bin, type Gateway, projectOf, startGateway } from '../../helpers/gateway.ts';
import { root } from '../../../tools/paths.ts';
import { makeUser } from '../cli/run.ts';
import { until } from '../../helpers/until.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { FINAL_TEXT, startMessagesApi, type ToolWish } from './messages-api-stub.ts';
import { stdoutOf } from '../../helpers/run-to-end.ts';
import { claudeOf, runInstalled } from '../../helpers/installed-client.ts';

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
  const folder = projectOf(gateway.home);
  const mcpConfig = join(folder, 'mcp.json');
  mkdirSync(join(folder, 'claude-home'), { recursive: true });
  writeFileSync(mcpConfig, JSON.stringify({ mcpServers: { switchyard: server } }));
  return await runClaude(wish, folder, ['--mcp-config', mcpConfig, '--strict-mcp-config', '--allowedTools', wish.name]);
}

async function runClaude(wish: ToolWish, folder: string, given: readonly string[]): Promise<Session> {
  const stub = await startMessagesApi(wish);
  const env = { ANTHROPIC_BASE_URL: stub.url, ANTHROPIC_API_KEY: 'sk-ant-none', ENABLE_TOOL_SEARCH: 'false' };
  const args = ['-p', 'Use the tool.', ...given, '--output-format', 'json'];
  try {
    const stdout = stdoutOf(await runInstalled(claudeOf(claude), args, { home: join(folder, 'claude-home'), cwd: folder, env }));
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

// @requirement G4.c
it('Claude Code connected with --transparent keeps its old permission rule, its name of the server and of the tool', async () => {
  const user = makeUser();
  let serving: Gateway | undefined;
  try {
    const claudeHome = join(user.folder, 'claude-home');
    const runAs = (...args: readonly string[]): ReturnType<typeof user.runWith> => user.runWith({ env: { HOME: claudeHome } }, ...args);
    mkdirSync(join(user.folder, 'claude-home/.claude'), { recursive: true });
    const server = { command: process.execPath, args: [join(root, 'tests/helpers/bad-upstream.mjs'), 'ok'] };
    writeFileSync(join(claudeHome, '.claude.json'), JSON.stringify({ mcpServers: { 'Old Notes': server } }));
    // Written long ago: this tool may be used, everything else is asked for, which nobody answers here.
    writeFileSync(join(claudeHome, '.claude/settings.json'), JSON.stringify({ permissions: { allow: ['mcp__Old_Notes__echo'] } }));
    const { folder } = user;
    expect((await runAs('import', '--yes', '--user')).code).toBe(0);
    serving = await startGateway({ home: user.home });
    await until(async () => JSON.stringify((await user.json('tools', 'ls')).value).includes('old-notes__echo'), 'its tools are known', 20_000);
    expect((await runAs('connect', 'claude-code', '--transparent')).code).toBe(0);
    const through = await runClaude({ name: 'mcp__Old_Notes__echo', input: { words: 'after' } }, folder, []);
    expect(textOf(through.results[0])).toContain('after');
    expect([...through.offered].filter((name) => name.startsWith('mcp__Old_Notes__'))).toContain('mcp__Old_Notes__pid');
    expect(await auditOf(user.home, '--event', 'tool_executed')).toContainEqual(
      expect.objectContaining({ target: 'tool:old-notes__echo', outcome: 'ok', detail: expect.objectContaining({ profile: 'old-notes', shownAs: 'echo' }) }),
    );
    // The control: what the rule does not name is not run.
    const refused = await runClaude({ name: 'mcp__Old_Notes__pid', input: {} }, folder, []);
    expect(refused.results[0]).toMatchObject({ is_error: true });

    expect((await runAs('disconnect', 'claude-code')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(claudeHome, '.claude.json'), 'utf8'))).toMatchObject({ mcpServers: { 'Old Notes': server } });
  } finally {
    await serving?.stop();
    user.remove();
  }
}, 120_000);

/** A tool_result's content is a text, or blocks of text. */
function textOf(result: JsonObject | undefined): string {
  const content = result?.['content'];
  return typeof content === 'string' ? content : ((content as readonly { readonly text?: string }[] | undefined) ?? []).map(({ text = '' }) => text).join('');
}
