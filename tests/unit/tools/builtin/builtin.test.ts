import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HealthCheck, PlatformReport } from '../../../../src/contracts/status.ts';
import type { ToolDefinition } from '../../../../src/contracts/tool.ts';
import type { Workspace } from '../../../../src/contracts/workspace.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../../src/core/json.ts';
import { compileSchema } from '../../../../src/schema/compile.ts';
import { createBuiltinResources, createBuiltinTools, type BuiltinPorts } from '../../../../src/tools/builtin/builtin.ts';
import { countLines } from '../../../../src/tools/builtin/line-reader.ts';
import { createNamedRoots } from '../../../../src/workspace/named-roots.ts';
import { createWorkspace } from '../../../../src/workspace/workspace.ts';
import { PATH_POLICY, road } from '../road.ts';
import { fixedModels } from '../../../helpers/fixed-models.ts';
import { noSandbox, scriptedSandbox } from '../../../helpers/scripted-sandbox.ts';
import { orchestratorBench } from '../../../helpers/scripted-models.ts';

const REPORT: PlatformReport = {
  version: '1.2.3',
  uptimeSeconds: 5,
  environment: { node: 'v24', platform: 'linux x64', mode: 'test' },
  doors: [{ name: 'http', state: 'up', detail: '127.0.0.1:1' }],
  runtimes: [{ name: 'main', state: 'up' }],
  sandbox: { level: 'none' },
  providers: [],
  upstreams: [],
  cluster: [],
  clients: [{ name: null, version: null, door: 'http', protocolVersion: null, requests: 2 }],
  calls: { total: 3, failed: 1, running: 1, queued: 0 },
};

let folder = '';
let workspace: Workspace;
const ports = (more: Partial<BuiltinPorts> = {}): BuiltinPorts => ({
  roots: createNamedRoots({ workspaceOf: () => workspace, scratch: join(folder, 'none'), workspaceAt: () => workspace, requireRoom: async () => undefined }),
  checks: [],
  status: { report: async () => REPORT },
  config: { redacted: () => ({ server: { port: 1 }, secret: '***' }) },
  libraries: [
    { name: 'valibot', purpose: 'schemas' },
    { name: 'no-such-library', purpose: 'nothing' },
    { name: 'a-bundled-library', purpose: 'less to install', bundledVersion: '1.0.0' },
  ],
  audit: { recent: async (limit) => [{ seq: limit, time: 't', event: 'e', phase: 'outcome' }] },
  orchestrator: async () => orchestratorBench().orchestrator,
  code: noSandbox(),
  ...more,
});
const builtin = (more: Partial<BuiltinPorts> = {}): ReturnType<typeof road> => {
  const made = road([], { maxResultBytes: 50 * 1024 * 1024, policy: () => PATH_POLICY, modelsOf: () => fixedModels() });
  for (const tool of createBuiltinTools(ports(more))) made.catalog.registerTool(tool, { isTrusted: true });
  for (const resource of createBuiltinResources(ports(more))) made.catalog.registerResource(resource, { isTrusted: true });
  return made;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'builtin-'));
  workspace = createWorkspace({ root: folder, home: join(folder, '..', 'no-home'), maxFileBytes: 1_000_000 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('S5.d: a built-in tool that runs in the process of the gateway without a reason fails the linter; one in the sandbox needs none', () => {
  const tools = createBuiltinTools(ports());
  const findings = (all: readonly ToolDefinition[]): readonly (readonly string[])[] =>
    road(all)
      .catalog.registry.lint()
      .map(({ tool, rule }) => [tool, rule]);
  const without = tools.map(({ inProcess: _, ...tool }): ToolDefinition => tool);
  const fenced = tools.filter(({ metadata }) => metadata?.runtime === 'sandbox').map(({ name }) => name);
  expect(fenced).toEqual(['execute_python', 'execute_code', 'run_command']);
  expect(findings(without)).toEqual(
    tools
      .map(({ name }) => name)
      .filter((name) => !fenced.includes(name))
      .sort()
      .map((name) => [name, 'in-process-unexplained']),
  );
  expect(findings(tools)).toEqual([]);
});

test('T14.e at least ten ship, each well defined: it compiles untrusted, and the linter finds nothing', () => {
  const { catalog } = road(createBuiltinTools(ports()));
  for (const resource of createBuiltinResources(ports())) catalog.registerResource(resource);
  expect(catalog.registry.lint()).toEqual([]);
  expect(catalog.registry.list().map(({ name, scopes, annotations }) => [name, ...scopes, annotations.readOnlyHint])).toEqual([
    ['echo', 'tools:ping', true],
    ['execute_code', 'tools:execute', false],
    ['execute_python', 'tools:execute', false],
    ['health_check', 'tools:read', true],
    ['list_directory', 'tools:read', true],
    ['llm_complete', 'models:use', false],
    ['llm_count_tokens', 'models:use', false],
    ['llm_embed', 'models:use', false],
    ['llm_models', 'models:use', true],
    ['orchestrator_execute', 'models:use', false],
    ['orchestrator_route', 'models:use', true],
    ['orchestrator_run', 'models:use', false],
    ['orchestrator_validate', 'models:use', false],
    ['ping', 'tools:ping', true],
    ['platform_status', 'tools:read', true],
    ['read_file', 'tools:read', true],
    ['run_command', 'tools:execute', false],
    ['write_file', 'tools:write', false],
  ]);
  for (const { definition } of catalog.list('tools')) expect(() => compileSchema(definition['outputSchema'])).not.toThrow();
  expect(createBuiltinResources(ports()).map(({ uri, scopes }) => [uri, ...(scopes ?? [])])).toEqual([
    ['config://platform', 'admin:config'],
    ['sdks://list', 'tools:read'],
    ['audit://recent', 'admin:logs'],
  ]);
});

test('every member on the wire is in snake case', () => {
  const names = (schema: unknown): string[] =>
    isObject(schema)
      ? Object.entries(schema).flatMap(([key, value]) => [...(key === 'properties' && isObject(value) ? Object.keys(value) : []), ...names(value)])
      : [];
  const toolNames = createBuiltinTools(ports()).flatMap(({ name, input, output }: ToolDefinition) => [name, ...names(input), ...names(output)]);
  expect(toolNames.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([]);
});

test('T1.a ping', async () => {
  expect(await builtin().data('ping')).toEqual({ message: 'pong', authenticated_user: 'key:alice' });
});

describe('T2.a health_check', () => {
  const check = (name: string, work: HealthCheck['check']): HealthCheck => ({ name, check: work });
  const statusOf = async (
    checks: readonly HealthCheck[],
  ): Promise<{ status: string; checks: Record<string, { ok: boolean; latency_ms: number; error?: string }> }> =>
    (await builtin({ checks }).data('health_check')) as never;

  test('healthy when every check worked', async () => {
    const { status, checks } = await statusOf([check('auth', async () => undefined), check('storage', async () => undefined)]);
    expect([status, Object.keys(checks), checks['auth']?.ok, typeof checks['auth']?.latency_ms]).toEqual(['healthy', ['auth', 'storage'], true, 'number']);
  });

  test('degraded when one fails; only words written for clients are shown', async () => {
    const { status, checks } = await statusOf([
      check('audit', async () => {
        throw new AppError('AUDIT_UNAVAILABLE', { message: 'The disk is full.' });
      }),
      check('storage', () => {
        throw new Error('/home/somebody/secret.db');
      }),
      check('memory', async () => undefined),
    ]);
    expect(status).toBe('degraded');
    expect([checks['audit']?.error, checks['storage']?.error, checks['memory']?.ok]).toEqual([
      'AUDIT_UNAVAILABLE: The disk is full.',
      'INTERNAL: An error of the gateway itself.',
      true,
    ]);
  });

  test('a check that hangs is given up after two seconds, the others beside it', async () => {
    vi.useFakeTimers();
    try {
      const result = statusOf([check('storage', () => new Promise(() => undefined)), check('auth', async () => undefined)]);
      await vi.advanceTimersByTimeAsync(2000);
      expect(await result).toMatchObject({
        status: 'degraded',
        checks: { storage: { ok: false, error: 'DEADLINE_EXCEEDED: no answer within 2000 ms' }, auth: { ok: true } },
      });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('T3.a echo', () => {
  test('counts characters', async () => {
    expect(await builtin().data('echo', { message: 'a💥é' })).toEqual({ echo: 'a💥é', message_length: 3, user_id: 'key:alice' });
    expect(await builtin().data('echo', { message: '' })).toMatchObject({ message_length: 0 });
  });

  test.each([
    ['no message', {}, /\/message: is required/],
    ['a number', { message: 1 }, /must be a string/],
    ['too many characters', { message: 'x'.repeat(1024 * 1024 + 1) }, /at most 1048576 characters/],
    ['too many bytes', { message: 'é'.repeat(600_000) }, /more than 1048576 bytes/],
  ])('%s', async (_name, input, expected) => {
    expect(await builtin().failure('tool', 'echo', input)).toMatch(expected);
  });

  test('exactly 1 MiB passes', async () => {
    expect(await builtin().data('echo', { message: 'x'.repeat(1024 * 1024) })).toMatchObject({ message_length: 1024 * 1024 });
  });
});

test('T4.a platform_status reports what the port finds', async () => {
  expect(await builtin().data('platform_status')).toEqual({
    version: '1.2.3',
    uptime_seconds: 5,
    environment: { node: 'v24', platform: 'linux x64', mode: 'test' },
    doors: [{ name: 'http', state: 'up', detail: '127.0.0.1:1' }],
    runtimes: [{ name: 'main', state: 'up' }],
    sandbox: { level: 'none' },
    providers: [],
    upstreams: [],
    cluster: [],
    clients: [{ name: null, version: null, door: 'http', protocol_version: null, requests: 2 }],
    requests: { total: 3, failed: 1, running: 1, queued: 0 },
  });
  expect(await builtin({ status: { report: async () => ({ ...REPORT, version: undefined as never }) } }).failure('tool', 'platform_status')).toMatch(
    /OUTPUT_INVALID: .*\/version: is required/,
  );
});

describe('T5.a read_file', () => {
  const put = (name: string, bytes: string | Buffer): void => writeFileSync(join(folder, name), bytes);
  const read = (input: JsonObject): Promise<unknown> => builtin().data('read_file', input);

  test('a whole text, with its size and lines', async () => {
    put('a.txt', 'one\ntwö\nthree');
    expect(await read({ path: './a.txt' })).toEqual({ path: 'a.txt', content: 'one\ntwö\nthree', size: 14, lines: 3, next_offset: null });
    put('empty.txt', '');
    expect(await read({ path: 'empty.txt' })).toEqual({ path: 'empty.txt', content: '', size: 0, lines: 0, next_offset: null });
  });

  test.each<[JsonObject, string, number, number | null]>([
    [{ offset: 2 }, 'two\nthree\n', 2, null],
    [{ offset: 1, limit: 2 }, 'one\ntwo\n', 2, 3],
    [{ offset: 0, limit: 1 }, 'one\n', 1, 2],
    [{ offset: 3, limit: 1 }, 'three\n', 1, null],
    [{ offset: 3, limit: 9 }, 'three\n', 1, null],
    [{ offset: 4, limit: 1 }, '', 0, null],
    [{ offset: 99 }, '', 0, null],
    [{ limit: 3 }, 'one\ntwo\nthree\n', 3, null],
  ])('lines %j', async (range, content, lines, next) => {
    put('b.txt', 'one\ntwo\nthree\n');
    expect(await read({ path: 'b.txt', ...range })).toMatchObject({ content, lines, next_offset: next, size: 14 });
  });

  test('pages through a file that is larger than what may be read at once', async () => {
    const text = Array.from({ length: 150_000 }, (_, index) => `line ${index + 1} — ${'x'.repeat(index % 20)}\n`).join('');
    put('large.txt', text);
    expect(await builtin().failure('tool', 'read_file', { path: 'large.txt' })).toMatch(/^FILE_TOO_LARGE/);
    let content = '';
    let offset: number | null = 1;
    while (offset !== null) {
      const page = (await read({ path: 'large.txt', offset, limit: 40_000 })) as { content: string; next_offset: number | null };
      content += page.content;
      offset = page.next_offset;
    }
    expect(content === text).toBe(true);
    expect(await read({ path: 'large.txt', offset: 140_000, limit: 1 })).toMatchObject({
      content: `line 140000 — ${'x'.repeat(139_999 % 20)}\n`,
      next_offset: 140_001,
    });
    expect(countLines(Buffer.from(text))).toBe(150_000);
  });

  test('lines of more than 10 MiB are too many', async () => {
    put('huge.txt', `${'x'.repeat(11 * 1024 * 1024)}\n`);
    expect(await builtin().failure('tool', 'read_file', { path: 'huge.txt', limit: 1 })).toMatch(/^FILE_TOO_LARGE: The lines have more than/);
  });

  test('bytes that are not UTF-8 are not replaced silently', async () => {
    put('binary', Buffer.from([0xff, 0x00, 0x41, 0x0a, 0x42]));
    expect(await builtin().failure('tool', 'read_file', { path: 'binary' })).toBe('ENCODING_INVALID: The file is not valid UTF-8: binary');
    expect(await read({ path: 'binary', encoding: 'latin1' })).toMatchObject({ content: 'ÿ\0A\nB', lines: 2 });
    expect(await read({ path: 'binary', encoding: 'base64' })).toEqual({ path: 'binary', content: '/wBBCkI=', size: 5, lines: null, next_offset: null });
    expect(await read({ path: 'binary', encoding: 'base64', offset: 1, limit: 2 })).toMatchObject({ content: 'AEE=', next_offset: 3 });
    expect(await read({ path: 'binary', encoding: 'base64', offset: 9 })).toMatchObject({ content: '', next_offset: null });
  });

  test('a model reads the content, and where to go on', async () => {
    put('b.txt', 'one\ntwo\n');
    expect((await builtin().run('read_file', { path: 'b.txt', limit: 1 })).content).toEqual([
      { type: 'text', text: 'one\n\n[More follows: call again with offset 2.]' },
    ]);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['outside', { path: '../x' }, /^PATH_OUTSIDE/],
    ['absolute', { path: '/etc/passwd' }, /^PATH_OUTSIDE/],
    ['missing', { path: 'nope.txt' }, /^PATH_NOT_FOUND/],
    ['a folder', { path: '.' }, /^PATH_WRONG_KIND/],
    ['a link', { path: 'link' }, /^PATH_/],
    ['an unknown encoding', { path: 'a.txt', encoding: 'utf-16' }, /^INPUT_INVALID: \/encoding: must be one of/],
    ['a negative offset', { path: 'a.txt', offset: -1 }, /^INPUT_INVALID/],
    ['no path', {}, /^INPUT_INVALID: \/path: is required/],
    ['denied, however it is written', { path: './secret/./key' }, /^PERMISSION_DENIED: FILE_READ secret\/key \{"size":10485760\}/],
    ['denied, with the bytes asked for', { path: 'secret', encoding: 'base64', limit: 7 }, /FILE_READ secret \{"size":7\}/],
  ])('%s', async (_name, input, expected) => {
    symlinkSync('/etc/passwd', join(folder, 'link'), 'file');
    try {
      expect(await builtin().failure('tool', 'read_file', input)).toMatch(expected);
    } finally {
      rmSync(join(folder, 'link'));
    }
  });
});

describe('T6.a write_file', () => {
  const write = (input: JsonObject): Promise<unknown> => builtin().data('write_file', input);

  test('makes folders unless told otherwise, counts bytes, writes base64', async () => {
    expect(await write({ path: 'new/deep/ä.txt', content: 'größe' })).toEqual({ path: 'new/deep/ä.txt', bytes_written: 7 });
    expect(readFileSync(join(folder, 'new/deep/ä.txt'), 'utf8')).toBe('größe');
    expect(await builtin().failure('tool', 'write_file', { path: 'other/deep/x', content: '', create_dirs: false })).toMatch(/^PATH_NOT_FOUND/);
    expect(await write({ path: 'bin', content: '/wA=', encoding: 'base64' })).toEqual({ path: 'bin', bytes_written: 2 });
    expect([...readFileSync(join(folder, 'bin'))]).toEqual([0xff, 0]);
  });

  test('an intent is on record before the effect', async () => {
    const made = builtin();
    await made.data('write_file', { path: 'r.txt', content: 'x' });
    expect(made.records.map(({ phase }) => phase)).toEqual(['intent', 'outcome']);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['half a surrogate pair', { path: 'x', content: '\ud800' }, /^ENCODING_INVALID/],
    ['bad base64', { path: 'x', content: 'not base64!', encoding: 'base64' }, /^ENCODING_INVALID/],
    ['outside', { path: '../x', content: '' }, /^PATH_OUTSIDE/],
    ['too large', { path: 'x', content: 'x'.repeat(1_000_001) }, /^FILE_TOO_LARGE/],
    ['denied', { path: 'secret/x', content: 'ö' }, /^PERMISSION_DENIED: FILE_WRITE secret\/x \{"size":2\}/],
  ])('%s', async (_name, input, expected) => {
    expect(await builtin().failure('tool', 'write_file', input)).toMatch(expected);
  });
});

test('T7.a list_directory', async () => {
  mkdirSync(join(folder, 'list/sub'), { recursive: true });
  writeFileSync(join(folder, 'list/a.txt'), 'abc');
  writeFileSync(join(folder, 'list/sub/b.txt'), '');
  symlinkSync('/etc', join(folder, 'list/link'));
  const made = builtin();
  expect(await made.data('list_directory', { path: 'list' })).toEqual({
    path: 'list',
    count: 3,
    is_truncated: false,
    items: [
      { path: 'list/a.txt', type: 'file', size: 3 },
      { path: 'list/link', type: 'symlink', size: 0 },
      { path: 'list/sub', type: 'directory', size: 0 },
    ],
  });
  expect(await made.data('list_directory', { path: 'list', recursive: true })).toMatchObject({ count: 4 });
  expect((await made.run('list_directory', { path: 'list' })).content).toEqual([{ type: 'text', text: 'list/a.txt (3 bytes)\nlist/link@\nlist/sub/' }]);
  expect(await made.data('list_directory')).toMatchObject({ path: '.' });
  expect(await made.failure('tool', 'list_directory', { path: 'list/link' })).toMatch(/^PATH_/);
  expect(await made.failure('tool', 'list_directory', { path: 'secret' })).toMatch(/^PERMISSION_DENIED: FILE_READ secret/);
});

test('T12.a T12.b T12.c resources', async () => {
  const made = builtin();
  const read = async (uri: string): Promise<unknown> => {
    const { terminal } = await made.call('resource', uri);
    const { contents } = (terminal.type === 'result' ? terminal.value : {}) as { contents: readonly { uri: string; mimeType: string; text: string }[] };
    expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
    return JSON.parse(contents[0]?.text ?? '');
  };
  expect(await read('config://platform')).toEqual({ server: { port: 1 }, secret: '***' });
  expect(await read('sdks://list')).toEqual({
    libraries: [
      { name: 'valibot', purpose: 'schemas', available: true, version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
      { name: 'no-such-library', purpose: 'nothing', available: false, missing: 'npm install no-such-library' },
      { name: 'a-bundled-library', purpose: 'less to install', available: true, version: '1.0.0' },
    ],
  });
  expect(await read('audit://recent')).toEqual({ records: [{ seq: 100, time: 't', event: 'e', phase: 'outcome' }] });
});

test('T12.d every tool answers with the envelope its outputSchema promises, and a text', async () => {
  const made = builtin({ code: scriptedSandbox({ commands: [['true']] }).ports });
  await made.data('write_file', { path: 'all.txt', content: 'x' });
  const inputs: Readonly<Record<string, JsonObject>> = {
    echo: { message: 'x' },
    execute_code: { language: 'bash', code: 'x' },
    execute_python: { code: 'x' },
    run_command: { argv: ['true'] },
    read_file: { path: 'all.txt' },
    write_file: { path: 'all.txt', content: 'y' },
    llm_complete: { prompt: 'x' },
    llm_count_tokens: { prompt: 'x' },
    llm_embed: { input: 'x' },
    llm_models: { check: true },
    orchestrator_execute: { model: 'haiku', prompt: 'x' },
    orchestrator_route: { task: 'x' },
    orchestrator_run: { task: 'x' },
    orchestrator_validate: { task: 'x', output: 'y' },
  };
  for (const { target, definition } of made.catalog.list('tools')) {
    const { content, structuredContent } = await made.run(target.name, inputs[target.name]);
    expect(content).toMatchObject([{ type: 'text', text: expect.any(String) as string }]);
    expect(Object.keys(structuredContent ?? {})).toEqual(['success', 'data', 'error', 'timestamp', 'correlation_id']);
    expect(compileSchema(definition['outputSchema'])(structuredContent)).toBeUndefined();
  }
});
