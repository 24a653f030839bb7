/** Bad requests on the REST door: the right code, never a 5xx, a stack or a path, and never a hang. */
import fc from 'fast-check';
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envelopeTool, listTarget, startStack, type HttpStack } from '../../helpers/http-stack.ts';
import { parseAnswer, sendRaw } from '../../helpers/raw-http.ts';

const BATCH = 10;
const BATCHES = 2000;
const targets = [
  envelopeTool('echo', { validateInput: (input) => (Object.hasOwn(input as object, 'bad') ? [{ path: '/bad', message: 'is bad' }] : undefined) }),
  ...['tools', 'resources', 'resourceTemplates', 'prompts'].map((name) => listTarget(name, [])),
];
const agent = new Agent({ keepAlive: true, maxSockets: BATCH });

let stack: HttpStack;
beforeAll(async () => {
  stack = await startStack({ targets, rest: { maxBodyBytes: 5000 } });
});
afterAll(async () => {
  agent.destroy();
  await stack.stop();
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function send({ method, path, headers, body }: Sent): Promise<{ status: number; text: string; type: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { agent, host: '127.0.0.1', port: stack.port, method, path, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) }, timeout: 5000 },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] ?? '' }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('hang')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const FAILURE: unknown = expect.objectContaining({
  code: expect.stringMatching(/^[A-Z_]+$/) as string,
  message: expect.any(String) as string,
  fix: expect.any(String) as string,
  correlation_id: expect.stringMatching(/^[\w.:-]{1,128}$/) as string,
});
const LEAKS = /\bat [\w.<>]+ \(|node_modules|\/src\/|\.ts:\d|TypeError|SyntaxError|Unexpected token|\/home\/|\/root\/|\/tmp\//;
const jsonText = fc.oneof(
  fc.json(),
  fc.json().map((text) => text.slice(0, -1)),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '{"arguments":{}}',
    '{"arguments":null}',
    '{"__proto__":{"x":1}}',
    '{"constructor":1}',
    '{"bad":1}',
    '{"a":1e999}',
    '\ufeff{}',
    '{"a":"\\ud800"}',
    'NaN',
  ),
  fc.integer({ min: 1, max: 400 }).map((depth) => '['.repeat(depth)),
  fc.integer({ min: 1, max: 400 }).map((depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  fc.integer({ min: 4000, max: 9000 }).map((size) => JSON.stringify({ a: 'x'.repeat(size) })),
);
const name = fc.oneof(
  fc.constantFrom('echo', 'ECHO', 'missing', 'constructor', '__proto__', 'toString', '..%2fecho', '%00', 'a%2fb', 'x'.repeat(300), ''),
  fc.string().map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc.oneof(
  name.map((text) => `/mcp/v1/tools/${text}`),
  fc.constantFrom(
    '/health',
    '/health/ready',
    '/health/runtime',
    '/mcp/capabilities',
    '/metrics',
    '/openapi.json',
    '/',
    '/events',
    '/mcp/v1/tools',
    '/mcp/v1/tools/echo/',
    '/x',
  ),
  fc.tuple(fc.constantFrom('/health', '/mcp/v1/tools/echo', '/', '/metrics'), fc.string()).map(([base, query]) => `${base}?${encodeURI(query.toWellFormed())}`),
  fc.constantFrom('/?token=', '/?token=x', `/?token=${'0'.repeat(64)}`, '/?token[]=a', '/?token=%00', '/?%', '/?token=%E0%A4%A'),
);
const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 60 });
const headers = fc.record(
  {
    Authorization: fc.oneof(fc.constantFrom('Bearer key-user', 'Bearer key-admin', 'Bearer key-nobody', 'Bearer ', 'Basic x', 'Bearer key-user'), headerText),
    'Content-Type': fc.oneof(fc.constantFrom('application/json', 'application/json', 'text/plain', 'application/json; charset=utf-16', ''), headerText),
    'X-Correlation-ID': headerText,
    traceparent: headerText,
    tracestate: headerText,
    baggage: headerText,
    Cookie: fc.oneof(
      headerText,
      headerText.map((text) => `switchyard_session=${text}`),
    ),
    'Content-Encoding': fc.constantFrom('identity', 'gzip', 'br'),
    'Last-Event-ID': headerText,
    Expect: fc.constantFrom('100-continue'),
  },
  { requiredKeys: [] },
);
const method = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY');

describe('generated requests', () => {
  it(`${BATCH * BATCHES} requests, ${BATCH} at a time: a client's fault is a 4xx in JSON with a known shape, and the road stays open`, async () => {
    const statuses = new Map<number, number>();
    const check = async (sent: Sent): Promise<void> => {
      const { status, text, type } = await send(sent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (status >= 400 && sent.path.startsWith('/mcp')) expect(type).toContain('application/json');
      if (sent.method === 'HEAD' || status < 400) return;
      expect(text).not.toMatch(LEAKS);
      if (type.startsWith('application/json')) expect(JSON.parse(text)).toEqual({ error: FAILURE });
    };
    const request = fc.record({ method, path, headers, body: jsonText });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        await Promise.all(batch.map(check));
      }),
      { numRuns: BATCHES, seed: 20_261_121 },
    );
    // The control: the generator reaches success and each kind of refusal.
    for (const status of [200, 400, 401, 403, 404, 405, 413, 415]) expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
    expect(stack.log).toEqual([]);
    expect(
      (
        await send({
          method: 'POST',
          path: '/mcp/v1/tools/echo',
          headers: { Authorization: 'Bearer key-user', 'Content-Type': 'application/json' },
          body: '{}',
        })
      ).status,
    ).toBe(200);
  }, 300_000);

  it('500 streams of broken HTTP: at most an error, and the listener lives', async () => {
    const valid =
      'POST /mcp/v1/tools/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key-user\r\nContent-Type: application/json\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"a":[1]}';
    const mutation = fc.tuple(
      fc.nat(valid.length - 1),
      fc.constantFrom('delete', 'double', 'replace', 'cut'),
      fc.constantFrom('\r', '\n', '\u0000', ' ', ':', '/', '%', '\u00ff', '9', ',', '"', '\t'),
    );
    const mutate = (mutations: readonly (readonly [number, string, string])[]): string =>
      mutations.reduce((current, [place, kind, character]) => {
        if (kind === 'cut') return current.slice(0, place);
        const middle = kind === 'delete' ? '' : kind === 'double' ? (current[place] ?? '').repeat(2) : character;
        return current.slice(0, place) + middle + current.slice(place + 1);
      }, valid);
    const check = async (text: string): Promise<void> => {
      const received = await sendRaw(stack.port, Buffer.from(text, 'latin1'), { quietMs: 30, limitMs: 60 });
      expect(parseAnswer(received).status).toBeLessThan(500);
      expect(received).not.toMatch(LEAKS);
    };
    const broken = fc.array(mutation, { minLength: 1, maxLength: 4 }).map(mutate);
    await fc.assert(
      fc.asyncProperty(fc.array(broken, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        await Promise.all(batch.map(check));
      }),
      { numRuns: 50, seed: 7 },
    );
    expect((await send({ method: 'GET', path: '/health', headers: {}, body: '' })).status).toBe(200);
  }, 120_000);
});
