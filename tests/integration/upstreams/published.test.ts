/** Servers that people use, from the registry, behind the gateway. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { startUpstreamGateway, until, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const shared = realpathSync(mkdtempSync(join(tmpdir(), 'sy-published-')));
let missing: string | undefined;
let gateway: UpstreamGateway | undefined;
let speaker: Speaker | undefined;

beforeAll(async () => {
  const installed = await installNode('published-servers');
  missing = installed.missing;
  if (missing !== undefined) return;
  const run = (name: string, ...args: string[]): JsonObject => ({
    transport: 'stdio',
    command: process.execPath,
    args: [join(installed.folder, 'node_modules/@modelcontextprotocol', name, 'dist/index.js'), ...args],
    pins: 'off',
  });
  writeFileSync(join(shared, 'note.txt'), 'from the folder');
  gateway = await startUpstreamGateway({
    everything: run('server-everything', 'stdio'),
    files: run('server-filesystem', shared),
    memory: { ...run('server-memory'), env: { MEMORY_FILE_PATH: join(shared, 'memory.json') } },
  });
  speaker = await connect('v1', { url: gateway.url, token: gateway.key });
  for (const name of ['everything', 'files', 'memory']) await until(async () => (await gateway?.status(name))?.state === 'up', `${name} is up`, 30_000);
}, 300_000);

afterAll(async () => {
  await speaker?.close();
  await gateway?.stop();
  rmSync(shared, { recursive: true, force: true });
});

it('server-filesystem reads a file of its folder, and refuses one outside', async (context) => {
  if (missing !== undefined) return context.skip(missing);
  expect(await speaker?.call('files__read_text_file', { path: join(shared, 'note.txt') })).toEqual({ text: 'from the folder', isError: false });
  expect((await speaker?.call('files__read_text_file', { path: '/etc/hostname' }))?.isError).toBe(true);
});

it('server-memory keeps what it is told', async (context) => {
  if (missing !== undefined) return context.skip(missing);
  await speaker?.call('memory__create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['likes engines'] }] });
  expect((await speaker?.call('memory__search_nodes', { query: 'Ada' }))?.text).toContain('likes engines');
});

it('server-everything echoes, reports progress, samples and asks', async (context) => {
  if (missing !== undefined) return context.skip(missing);
  const names = (await speaker?.toolNames())?.filter((name) => name.startsWith('everything__')) ?? [];
  expect((await speaker?.call('everything__echo', { message: 'hello' }))?.text).toContain('hello');
  const heard: number[] = [];
  await speaker?.call('everything__trigger-long-running-operation', { duration: 1, steps: 4 }, { onProgress: (progress) => heard.push(progress) });
  expect(heard).toEqual([1, 2, 3, 4]);
  expect(names).toContain('everything__trigger-sampling-request');
  expect((await speaker?.call('everything__trigger-sampling-request', { prompt: 'Capital?', maxTokens: 10 }))?.text).toContain('Paris');
  expect((await speaker?.call('everything__trigger-elicitation-request'))?.isError).toBe(false);
});
