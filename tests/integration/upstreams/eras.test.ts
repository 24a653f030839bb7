/** One server that speaks another era to each credential: what was agreed on is remembered for each, also over a restart. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const REVISION = '2026-07-28';
/** What comes with which credential, in the order of coming. */
let heard: string[] = [];
let server: Server;
let url: string;
let home: string;
let gateway: UpstreamGateway | undefined;

/** `new` is spoken to in the modern era alone, `old` in the legacy one alone, `both` in either. */
function answer(credential: string, { id, method }: JsonObject): JsonObject {
  const fail = { jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } };
  const tools = [{ name: 'look', inputSchema: { type: 'object' } }];
  const modern = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
  if (method === 'server/discover') {
    if (credential === 'old') return fail;
    return { jsonrpc: '2.0', id, result: { ...modern, supportedVersions: [REVISION], capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } };
  }
  if (method === 'initialize') {
    if (credential === 'new') return fail;
    return { jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } };
  }
  return method === 'tools/list' ? { jsonrpc: '2.0', id, result: { ...modern, tools } } : fail;
}

beforeAll(async () => {
  home = join(mkdtempSync(join(tmpdir(), 'sy-eras-')), 'home');
  server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const piece of request) text += String(piece);
      const body: unknown = text === '' ? {} : JSON.parse(text);
      if (request.method !== 'POST' || !isObject(body)) return void response.writeHead(405).end();
      const credential = String(request.headers['x-key']);
      if (body['id'] === undefined) return void response.writeHead(202).end();
      heard.push(`${credential} ${String(body['method'])}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(credential, body)));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(join(home, '..'), { recursive: true, force: true });
});

/** Starts a gateway on the home, waits until it has seen every list, and tells what each credential was asked first. */
async function openings(keys: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  heard = [];
  const upstreams = Object.fromEntries(
    Object.entries(keys).map(([name, key]) => [name, { transport: 'http', url, headers: { 'X-Key': key }, connect: 'eager', pins: 'off' }]),
  );
  gateway = await startUpstreamGateway(upstreams, { home });
  await until(() => Object.values(keys).every((key) => heard.includes(`${key} tools/list`)), 'every list was asked for');
  await until(() => Object.keys(keys).every((name) => remembered(name) !== undefined), 'every list is remembered');
  await gateway.stop();
  gateway = undefined;
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => [
      name,
      heard.flatMap((line) => (/ (?:server\/discover|initialize)$/.test(line) && line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : [])),
    ]),
  );
}

function remembered(name: string): JsonObject | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'upstreams', `${name}.json`), 'utf8')) as JsonObject;
  } catch {
    return undefined;
  }
}

// @requirement G1.a
it('the era is found out once for each credential, and a restart asks in it at once', async () => {
  expect(await openings({ one: 'new', two: 'old' })).toEqual({ one: ['server/discover'], two: ['server/discover', 'initialize'] });
  expect(await openings({ one: 'new', two: 'old' })).toEqual({ one: ['server/discover'], two: ['initialize'] });
});

it('under another credential it is found out anew: one that was spoken to in the old era is not kept in it', async () => {
  await openings({ one: 'old' });
  // The control: the same credential.
  expect(await openings({ one: 'old' })).toEqual({ one: ['initialize'] });
  expect(await openings({ one: 'both' })).toEqual({ one: ['server/discover'] });
  expect(await openings({ one: 'both' })).toEqual({ one: ['server/discover'] });
});

it('the file that remembers it tells nothing of the credential', async () => {
  await openings({ one: 'new' });
  const { context } = remembered('one') ?? {};
  expect(context).toEqual({ salt: expect.stringMatching(/^[0-9a-f]{32}$/), hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(readFileSync(join(home, 'upstreams/one.json'), 'utf8')).not.toContain('"new"');
});
