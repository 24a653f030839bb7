/** Requests of every revision with random places changed, good ones by chance among them: never a 5xx, a stack or a path, never a hang. */
import fc from 'fast-check';
import { Agent, request as httpRequest } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureResources } from '../../conformance/fixture/resources.ts';
import { fixtureTools } from '../../conformance/fixture/tools.ts';
import { ALICE, startGateway, type Gateway } from '../../helpers/mcp-gateway.ts';
import { modernBody } from '../../helpers/mcp-http.ts';
import { attack, type Attack } from './grammar.ts';

const BATCH = 10;
const BATCHES = 600;
const SEED = 20260728;
const LEAKS = /\bat [\w.<>]+ \(|node_modules|\/src\/|\.ts:\d|TypeError|SyntaxError|Unexpected token|\/home\/|\/root\/|\/tmp\//;
const CLIENT_STATUS = new Set([200, 202, 400, 404, 406]);
/** Codes a client's fault may have; −32603 is none of them. */
const CLIENT_CODES = new Set([-32700, -32600, -32601, -32602, -32002, -32020, -32021, -32022, 40401]);
const agent = new Agent({ keepAlive: true, maxSockets: BATCH });

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    tools: fixtureTools({ toggleTool: () => undefined, togglePrompt: () => undefined }),
    prompts: fixturePrompts,
    resources: fixtureResources,
    door: { maxSubscriptions: 100_000, maxSubscriptionsPerPrincipal: 100_000, sessions: { max: 50, maxPerPrincipal: 50 } },
  });
});
afterAll(async () => {
  agent.destroy();
  await gateway.stop();
});

function send({ body, headers }: Attack): Promise<{ status: number; text: string; type: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port: gateway.port,
        path: '/mcp',
        method: 'POST',
        timeout: 5000,
        headers: { Authorization: `Bearer ${ALICE}`, 'Content-Type': 'application/json', ...headers, 'Content-Length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] ?? '' }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`hang: ${String(body).slice(0, 500)}`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function checkMessage(message: unknown): void {
  expect(message).toMatchObject({ jsonrpc: '2.0' });
  const { error, result } = message as JsonObject;
  if (error === undefined) {
    expect(isObject(result)).toBe(true);
    return;
  }
  expect(error).toMatchObject({
    message: expect.any(String),
    data: { code: expect.stringMatching(/^[A-Z_]+$/), fix: expect.any(String), correlation_id: expect.stringMatching(/^[\w.:-]{1,128}$/) },
  });
  expect(CLIENT_CODES).toContain((error as JsonObject)['code']);
}

describe('randomly changed requests', () => {
  it(`over HTTP are the client's fault at worst (${BATCH * BATCHES})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attack, { minLength: BATCH, maxLength: BATCH }), async (attacks) => {
        for (const { status, text, type } of await Promise.all(attacks.map(send))) {
          expect(CLIENT_STATUS).toContain(status);
          expect(text).not.toMatch(LEAKS);
          if (status === 202) expect(text).toBe('');
          else if (type === 'application/json') for (const message of [JSON.parse(text) as unknown].flat()) checkMessage(message);
          else expect(type).toBe('text/event-stream');
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: true },
    );
    expect(({} as JsonObject)['polluted']).toBeUndefined();
    expect(gateway.pipeline.activeCalls).toBe(0);
  }, 300_000);

  it('over stdio are answered line by line, and the good one after them too', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    let text = '';
    output.on('data', (piece: Buffer) => {
      text += piece.toString('utf8');
    });
    const { closed } = gateway.door.serveStdio({ input, output });
    const attacks = fc.sample(attack, { numRuns: BATCH * BATCHES, seed: SEED });
    for (const { body } of attacks) {
      input.write(Buffer.from(String(body).replaceAll(/[\r\n]/g, ' ')));
      if (!input.write('\n')) await new Promise((resolve) => setImmediate(resolve));
    }
    input.end(`${JSON.stringify(modernBody('server/discover', {}, 'the last'))}\n`);
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(text).not.toMatch(LEAKS);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonObject | JsonObject[]);
    for (const message of lines.flat()) if (message['method'] === undefined) checkMessage(message);
    expect(lines.flat().some((message) => message['id'] === 'the last')).toBe(true);
    expect(gateway.pipeline.activeCalls).toBe(0);
  }, 120_000);
});
