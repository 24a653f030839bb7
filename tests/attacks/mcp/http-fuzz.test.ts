/** Bad requests on the MCP door over HTTP, and whether the judge of the answers can be trusted. */
import fc from 'fast-check';
import { Agent, createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../integration/differential/servers.ts';
import { type Bad, badHttpRequests } from './bad-requests.ts';
import { type Answer, judge } from './judge.ts';
import { heapAfterCollection, startFuzzed } from './fuzzed.ts';

const AT_ONCE = 20;
const COUNT = 21_000;
const SEED = 20_261_121;
const DEADLINE_MS = 5000;
const MEGABYTE = 1024 * 1024;

let gateway: Awaited<ReturnType<typeof startFuzzed>>;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
beforeAll(async () => {
  gateway = await startFuzzed();
});
afterAll(async () => {
  agent.destroy();
  await gateway?.stop();
});

function ask({ port, headers: own }: Pick<Endpoint, 'port' | 'headers'>, { verb, headers, body }: Bad, id: string, deadlineMs = DEADLINE_MS): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = body(id);
    const lines = [...own, ...headers, ['Host', `localhost:${port}`] as const, ['Content-Length', String(bytes.length)] as const];
    const outgoing = send({ agent, host: '127.0.0.1', port, path: '/mcp', method: verb, headers: lines.flat() }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(bytes);
  });
}

let counter = 0;
const nextId = (): string => `r${(counter += 1)}`;

async function faultsOf(endpoint: Pick<Endpoint, 'port' | 'headers'>, bad: Bad, deadlineMs?: number): Promise<string[]> {
  const id = nextId();
  return await ask(endpoint, bad, id, deadlineMs).then(
    (answer) => judge(bad, id, answer),
    (error: unknown) => [`${bad.kind}: ${String(error)}`],
  );
}

describe('bad requests over HTTP', () => {
  it(`K4.h: ${COUNT} of them get the right code and nothing else`, async () => {
    const kinds = new Map<string, number>();
    const codes = new Map<number | string, number>();
    const before = heapAfterCollection();
    const faults: string[] = [];
    const sample = fc.sample(badHttpRequests, { numRuns: COUNT, seed: SEED });
    for (let start = 0; start < sample.length; start += AT_ONCE) {
      const batch = sample.slice(start, start + AT_ONCE);
      for (const {
        kind,
        expected: { code },
      } of batch) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      faults.push(...(await Promise.all(batch.map((bad) => faultsOf(gateway, bad)))).flat());
    }
    expect(sample).toHaveLength(COUNT);
    expect(faults.slice(0, 10)).toEqual([]);
    for (const code of [-32700, -32600, -32601, -32602, -32020, -32021, -32022, 'isError', 40401])
      expect([code, (codes.get(code) ?? 0) > 50]).toEqual([code, true]);
    expect(kinds.size).toBeGreaterThan(35);
    expect(heapAfterCollection() - before).toBeLessThan(48 * MEGABYTE);
    expect(gateway.log.filter((line) => line.startsWith('error'))).toEqual([]);
  }, 120_000);

  it('leave a gateway that serves good ones', async () => {
    for (const name of ['no_arguments', 'picture']) {
      const good: Bad = {
        kind: 'good',
        verb: 'POST',
        expected: { status: 200, code: 'isError', hasId: true },
        headers: [
          ['Content-Type', 'application/json'],
          ['Accept', 'application/json, text/event-stream'],
          ['MCP-Protocol-Version', '2026-07-28'],
          ['Mcp-Method', 'tools/call'],
          ['Mcp-Name', name],
        ],
        body: (id) =>
          Buffer.from(
            JSON.stringify({
              jsonrpc: '2.0',
              id,
              method: 'tools/call',
              params: { name, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
            }),
          ),
      };
      const answer = await ask(gateway, good, 'good');
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ id: 'good', result: { resultType: 'complete' } });
      // The judge does not take a success for a failure.
      expect(judge(good, 'good', answer)).toHaveLength(1);
    }
  });
});

describe('the judge', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const broken: Readonly<Record<string, (id: unknown) => readonly [status: number, text: string] | undefined>> = {
    'answers everything with success': (id) => [200, JSON.stringify({ jsonrpc: '2.0', id, result: {} })],
    'answers everything with 500': (id) => [500, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no' } })],
    'shows its stack': (id) => [400, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32600, message: 'TypeError: x\n    at run (/app/src/a.ts:1:1)' } })],
    'has one code for all, and never an id': () => [400, JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32099, message: 'no' } })],
    'answers in HTML': () => [400, '<h1>Bad Request</h1>'],
    'never answers': () => undefined,
  };

  it.each(Object.keys(broken))('condemns a server that %s', async (how) => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const answer = broken[how]?.(idIn(Buffer.concat(pieces).toString('utf8')));
        if (answer) response.writeHead(answer[0]).end(answer[1]);
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    const sample = fc.sample(badHttpRequests, { numRuns: 40, seed: SEED });
    const verdicts = await Promise.all(sample.map((bad) => faultsOf({ port, headers: [] }, bad, 300)));
    expect(verdicts.filter((faults) => faults.length === 0)).toEqual([]);
  });

  it('condemns a server that is right but for one code', async () => {
    const sample = fc.sample(badHttpRequests, { numRuns: 200, seed: SEED }).filter(({ expected }) => typeof expected.code === 'number');
    for (const bad of sample) {
      const { status, code, hasId, id = hasId ? 'a' : null } = bad.expected;
      const answer = (other: number): Answer => ({
        status,
        text: JSON.stringify({ jsonrpc: '2.0', id, error: { code: Number(code) + other, message: 'no' } }),
      });
      expect(judge(bad, 'a', answer(0))).toEqual([]);
      expect(judge(bad, 'a', answer(1))).toHaveLength(1);
    }
  });
});

function idIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { id?: unknown }).id ?? null;
  } catch {
    return null;
  }
}
