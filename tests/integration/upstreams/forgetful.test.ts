/** A server over HTTP that forgets its sessions, as one does that is restarted behind a proxy, while many call. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

let server: Server | undefined;
let gateway: UpstreamGateway | undefined;
let speaker: Speaker | undefined;
afterEach(async () => {
  await speaker?.close();
  await gateway?.stop();
  server?.closeAllConnections();
  server?.close();
});

const TOOL = { name: 'transfer', inputSchema: { type: 'object', properties: { number: { type: 'integer' } } } };

it('loses no call, and gets none of them twice', async () => {
  const sessions = new Set<string>();
  const done: unknown[] = [];
  let refused = 0;
  server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const body: unknown = JSON.parse(text);
    const { id, method, params } = isObject(body) ? body : ({} as JsonObject);
    const answer = (result: JsonObject, headers: Record<string, string> = {}): void =>
      void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    if (method === 'server/discover') return void response.writeHead(400).end();
    if (method === 'initialize') {
      const name = `session-${sessions.size}-${done.length}-${refused}`;
      sessions.add(name);
      return answer(
        { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'forgetful', version: '1' } },
        { 'mcp-session-id': name },
      );
    }
    if (!sessions.has(String(request.headers['mcp-session-id']))) {
      refused += 1;
      return void response.writeHead(404).end();
    }
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'tools/list') return answer({ tools: [TOOL] });
    done.push(isObject(params) && isObject(params['arguments']) ? params['arguments']['number'] : undefined);
    setTimeout(() => answer({ content: [{ type: 'text', text: 'done' }] }), 100);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/mcp`;
  gateway = await startUpstreamGateway({ bank: { transport: 'http', url, timeoutMs: 5000, pins: 'off' } });
  const client = (speaker = await connect('v1', { url: gateway.url, token: gateway.key }));
  await until(async () => (await client.toolNames()).includes('bank__transfer'), 'listed');

  const forgetting = setInterval(() => sessions.clear(), 900);
  const numbers = Array.from({ length: 330 }, (_, index) => index);
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      const { isError, text } = await client.call('bank__transfer', { number });
      if (isError) failures.push(text);
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  clearInterval(forgetting);
  // The control: sessions were forgotten under calls.
  expect(refused).toBeGreaterThan(1);
  expect(failures).toEqual([]);
  expect(done.length).toBe(330);
  expect(new Set(done).size).toBe(330);
}, 30_000);
