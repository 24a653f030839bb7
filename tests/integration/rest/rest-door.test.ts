import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { parseAnswer, requestText, sendRaw } from '../../helpers/raw-http.ts';
import { envelopeTool, listTarget, startStack, type HttpStack } from '../../helpers/http-stack.ts';

// @requirement D4.a D4.b D4.c D4.d D4.e D4.f D7.c
const definition = { name: 'echo', title: 'Echo', description: 'Says it again.', inputSchema: { type: 'object' } };
const targets = [
  envelopeTool('echo'),
  envelopeTool('plain', { isEnveloped: false, run: () => ({ type: 'result', value: { content: [{ type: 'text', text: 'hi' }] } }) }),
  envelopeTool('broken', {
    run: () => {
      throw new Error('secret /etc/passwd');
    },
  }),
  envelopeTool('refuses', {
    run: () => {
      throw new AppError('PATH_OUTSIDE');
    },
  }),
  envelopeTool('unhappy', { isEnveloped: false, run: () => ({ type: 'result', value: { content: [{ type: 'text', text: 'no' }], isError: true } }) }),
  envelopeTool('asks', {
    run: async (_input, context) => {
      await context.ask({ q: { method: 'elicitation/create', params: {} } });
      return { type: 'result', value: {} };
    },
  }),
  envelopeTool('slow', { traits: { isReadOnly: true, timeoutMs: 50, takesSlot: true, priority: 5 }, run: () => new Promise(() => undefined) }),
  envelopeTool('huge', { run: () => ({ type: 'result', value: { structuredContent: { text: 'x'.repeat(60_000) } } }) }),
  envelopeTool('strict', { validateInput: () => [{ path: '/a', message: 'must be a number' }] }),
  listTarget('tools', [definition]),
  listTarget('resources', [{ uri: 'a://b', name: 'b' }]),
  listTarget('resourceTemplates', []),
  listTarget('prompts', [{ name: 'p' }]),
];

let stack: HttpStack;
beforeEach(async () => {
  stack = await startStack({ targets, rest: { maxBodyBytes: 1000, maxResponseBytes: 50_000 } });
});
afterEach(async () => {
  await stack.stop();
});

const auth = (name = 'user'): Record<string, string> => ({ Authorization: `Bearer key-${name}` });
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(stack.base + path, { method, headers });
const call = (tool: string, body?: unknown, headers: Record<string, string> = auth()) =>
  fetch(`${stack.base}/mcp/v1/tools/${tool}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { error: { code: unknown } }).error.code;

describe('probes', () => {
  it('D4.a GET /health answers anybody with status, service, version and time', async () => {
    const response = await get('/health');
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(body).toEqual({
      status: 'healthy',
      service: 'switchyard',
      version: '0.1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    expect(Math.abs(Date.parse(body['timestamp'] ?? '') - Date.now())).toBeLessThan(5000);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('D4.b GET /health/ready is 503 until ready, and shows each step', async () => {
    expect((await get('/health/ready')).status).toBe(200);
    await stack.stop();
    let phase: 'starting' | 'ready' | 'stopping' = 'starting';
    stack = await startStack({ phase: () => phase });
    const early = await get('/health/ready');
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({
      ready: false,
      phase: 'starting',
      start: [{ name: 'configuration', state: 'done', ms: 1 }, { name: 'storage and audit' }],
      stop: [],
    });
    phase = 'ready';
    expect((await get('/health/ready')).status).toBe(200);
    phase = 'stopping';
    stack.edge.closeIntake();
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health')).status).toBe(200);
    expect((await get('/metrics', auth('admin'))).status).toBe(503);
  });

  it('answers HEAD without a body and refuses other methods by name', async () => {
    const head = await get('/health', {}, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const [path, allow] of [
      ['/health', 'GET, HEAD'],
      ['/health/ready', 'GET, HEAD'],
      ['/metrics', 'GET, HEAD'],
      ['/mcp/v1/tools/echo', 'POST'],
      ['/openapi.json', 'GET, HEAD'],
      ['/mcp/capabilities', 'GET, HEAD'],
      ['/', 'GET, HEAD'],
      ['/events', 'GET, HEAD'],
    ] as const) {
      const refused = await get(path, auth(), 'PUT');
      expect([path, refused.status, refused.headers.get('allow')]).toEqual([path, 405, allow]);
      expect(await codeOf(refused)).toBe('METHOD_NOT_ALLOWED');
    }
  });
});

describe('reports', () => {
  it('D4.c GET /health/runtime needs admin:logs', async () => {
    expect((await get('/health/runtime')).status).toBe(401);
    expect((await get('/health/runtime', auth())).status).toBe(403);
    const body = (await (await get('/health/runtime', auth('admin'))).json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      version: '0.1.0',
      uptime_seconds: 4000,
      doors: expect.any(Array) as unknown,
      load: { running: 1 },
      process: { resident_bytes: expect.any(Number) as number },
    });
  });

  it('D4.f GET /metrics needs admin:logs, unless it was made public', async () => {
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', auth())).status).toBe(403);
    const response = await get('/metrics', auth('admin'));
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain(
      '# TYPE switchyard_calls_total counter\nswitchyard_calls_total{door="rest",kind="admin",outcome="SCOPE_MISSING"} 1\n',
    );
    await stack.stop();
    stack = await startStack({ rest: { publicMetrics: () => 'up 1\n' } });
    expect(await (await get('/metrics')).text()).toBe('up 1\n');
    expect(stack.records).toEqual([]);
  });

  it('D4.d GET /mcp/capabilities lists what the caller sees', async () => {
    expect((await get('/mcp/capabilities')).status).toBe(401);
    const response = await get('/mcp/capabilities', auth());
    expect(await response.json()).toEqual({
      service: 'switchyard',
      version: '0.1.0',
      protocol: { endpoint: '/mcp', revisions: ['2026-07-28', '2025-11-25'] },
      principal: { id: 'test:user', roles: ['user'] },
      tools: [definition],
      resources: [{ uri: 'a://b', name: 'b' }],
      resource_templates: [],
      prompts: [{ name: 'p' }],
    });
    expect(stack.records.filter(({ event }) => event === 'catalog_listed').map(({ target }) => target)).toEqual([
      'catalog:tools',
      'catalog:resources',
      'catalog:resourceTemplates',
      'catalog:prompts',
    ]);
    expect(await codeOf(await get('/mcp/capabilities', auth('nobody')))).toBe('SCOPE_MISSING');
  });
});

describe('D4.e POST /mcp/v1/tools/{name}', () => {
  it('answers with the envelope', async () => {
    const response = await call('echo', { message: 'hi' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { success: true, data: { message: 'hi' }, error: null, timestamp: 't', correlation_id: 'c' },
    ]);
  });

  it.each([
    [{ arguments: { a: 1 } }, { a: 1 }],
    [{ arguments: { arguments: { a: 1 } } }, { arguments: { a: 1 } }],
    [
      { arguments: { a: 1 }, b: 2 },
      { arguments: { a: 1 }, b: 2 },
    ],
    [{ arguments: 'text' }, { arguments: 'text' }],
    [{}, {}],
    [undefined, {}],
  ])('takes the arguments of %j as %j', async (body, input) => {
    expect(await (await call('echo', body)).json()).toMatchObject({ data: input });
  });

  it('answers with the whole result of a tool without structured content', async () => {
    expect(await (await call('plain')).json()).toEqual({ content: [{ type: 'text', text: 'hi' }] });
  });

  it.each([
    ['missing', 404, 'UNKNOWN_TARGET'],
    ['broken', 500, 'TOOL_FAILED'],
    ['refuses', 403, 'PATH_OUTSIDE'],
    ['asks', 400, 'CLIENT_CAPABILITY_MISSING'],
    ['slow', 504, 'DEADLINE_EXCEEDED'],
    ['huge', 502, 'RESPONSE_TOO_LARGE'],
    ['strict', 400, 'INPUT_INVALID'],
    ['ECHO', 404, 'UNKNOWN_TARGET'],
    ['a%2Fb', 404, 'UNKNOWN_TARGET'],
  ])('maps the failure of %s to %i %s', async (tool, status, code) => {
    const response = await call(tool, {});
    const text = await response.text();
    expect([response.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([status, code]);
    expect(text).not.toContain('secret');
  });

  it('gives a failure that the tool reports itself the status of TOOL_FAILED and its own body', async () => {
    const response = await call('unhappy', {});
    expect([response.status, await response.json()]).toEqual([500, { content: [{ type: 'text', text: 'no' }], isError: true }]);
  });

  it('asks for a credential in the way of RFC 6750', async () => {
    const none = await call('echo', {}, {});
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="switchyard"']);
    for (const authorization of ['Bearer wrong', 'Bearer', 'Basic dXNlcjpwYXNz', 'key-user', 'Bearer key-user extra', 'Bearer a b']) {
      const wrong = await call('echo', {}, { Authorization: authorization });
      expect([authorization, wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
        authorization,
        401,
        'Bearer realm="switchyard", error="invalid_token"',
      ]);
    }
    const scope = await call('echo', {}, auth('nobody'));
    expect([scope.status, scope.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="switchyard", error="insufficient_scope", scope="tools:execute"',
    ]);
    expect((await call('echo', {}, { Authorization: 'bearer  key-user' })).status).toBe(200);
  });

  it.each([
    ['not JSON', '{', 400, 'PARSE_ERROR'],
    ['an array', '[]', 400, 'INVALID_REQUEST'],
    ['a number', '5', 400, 'INVALID_REQUEST'],
    ['null', 'null', 400, 'INVALID_REQUEST'],
    ['too much', `{"a":"${'x'.repeat(1000)}"}`, 413, 'BODY_TOO_LARGE'],
    ['too deep', '['.repeat(400), 400, 'PARSE_ERROR'],
    ['two values', '{}{}', 400, 'PARSE_ERROR'],
  ])('refuses a body that is %s', async (_name, body, status, code) => {
    const response = await call('echo', body);
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect((await call('echo', {})).status).toBe(200);
  });

  it('refuses bodies it does not read', async () => {
    expect(await codeOf(await call('echo', '{}', { ...auth(), 'Content-Type': 'text/plain' }))).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(await codeOf(await call('echo', '{}', { ...auth(), 'Content-Encoding': 'gzip' }))).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect((await call('echo', '{}', { ...auth(), 'Content-Type': 'application/vnd.x+json; charset=utf-8' })).status).toBe(200);
  });

  it('counts a body that grows beyond the limit while it comes', async () => {
    const stream = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode('x'.repeat(300)));
      },
    });
    const response = await fetch(`${stack.base}/mcp/v1/tools/echo`, {
      method: 'POST',
      headers: { ...auth(), 'Content-Type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    if (response) expect(response.status).toBe(413);
    expect((await call('echo', {})).status).toBe(200);
  });

  it('cancels the call when the client leaves', async () => {
    await stack.stop();
    let reason: unknown;
    stack = await startStack({
      targets: [
        envelopeTool('wait', {
          run: (_input, context) =>
            new Promise((_resolve, reject) => {
              context.scope.onCancel((why) => {
                reason = why.code;
                reject(why);
              });
            }),
        }),
      ],
    });
    const leaving = new AbortController();
    const asked = fetch(`${stack.base}/mcp/v1/tools/wait`, { method: 'POST', headers: auth(), signal: leaving.signal }).catch(() => undefined);
    await expect.poll(() => stack.pipeline.activeCalls).toBe(1);
    leaving.abort();
    await asked;
    await expect.poll(() => reason).toBe('CANCELLED');
  });
});

describe('default limits', () => {
  it('D8.d refuses a body above 10 MB by its declared length', async () => {
    await stack.stop();
    stack = await startStack({ targets });
    const declare = async (bytes: number) => {
      const head = requestText('/mcp/v1/tools/echo', {
        method: 'POST',
        headers: [
          ['Host', 'localhost'],
          ['Authorization', 'Bearer key-user'],
          ['Content-Type', 'application/json'],
          ['Content-Length', String(bytes)],
        ],
      });
      return parseAnswer(await sendRaw(stack.port, `${head}{`, { limitMs: 500 }));
    };
    expect((await declare(10 * 1024 * 1024 + 1)).status).toBe(413);
    // The control waits for the rest of its body.
    expect((await declare(10 * 1024 * 1024)).status).toBe(0);
  });

  it('D8.e refuses an answer above 50 MB', async () => {
    await stack.stop();
    const sized = (bytes: number) =>
      envelopeTool(`size${bytes}`, { run: () => ({ type: 'result', value: { structuredContent: { text: 'x'.repeat(bytes) } } }) });
    stack = await startStack({ targets: [sized(50 * 1024 * 1024), sized(50 * 1024 * 1024 - 100)] });
    expect([(await call(`size${50 * 1024 * 1024}`, {})).status, (await call(`size${50 * 1024 * 1024 - 100}`, {})).status]).toEqual([502, 200]);
  });
});

describe('under load', () => {
  it('K6.a health answers while every slot is busy', async () => {
    await stack.stop();
    const busy = envelopeTool('busy', {
      run: (_input, context) =>
        new Promise((_resolve, reject) => {
          context.scope.onCancel(reject);
        }),
    });
    stack = await startStack({ targets: [busy] });
    const leaving = new AbortController();
    const waiting = Array.from({ length: 100 }, () =>
      fetch(`${stack.base}/mcp/v1/tools/busy`, { method: 'POST', headers: auth(), signal: leaving.signal }).catch(() => undefined),
    );
    await expect.poll(() => stack.pipeline.activeCalls).toBe(100);
    const before = process.cpuUsage();
    for (let count = 0; count < 500; count += 1) expect((await get('/health')).status).toBe(200);
    const { user, system } = process.cpuUsage(before);
    // Client and server together; the server's share alone is a few hundredths of a millisecond.
    expect((user + system) / 1000 / 500).toBeLessThan(3);
    leaving.abort();
    await Promise.all(waiting);
  });
});

describe('headers', () => {
  it('D7.c returns the correlation id, on the answer, in failures and on the audit record', async () => {
    const sent = await call('echo', {}, { ...auth(), 'X-Correlation-ID': 'mine-1' });
    expect(sent.headers.get('x-correlation-id')).toBe('mine-1');
    const failed = await call('missing', {}, { ...auth(), 'X-Correlation-ID': 'mine-2' });
    expect(failed.headers.get('x-correlation-id')).toBe('mine-2');
    expect(await failed.json()).toMatchObject({ error: { correlation_id: 'mine-2' } });
    const minted = (await call('echo', {}, { ...auth(), 'X-Correlation-ID': 'not ok' })).headers.get('x-correlation-id');
    expect(minted).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(stack.records.filter(({ phase }) => phase === 'outcome').map(({ correlationId }) => correlationId)).toEqual(['mine-1', 'mine-2', minted]);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect((await call('echo', {}, { ...auth(), traceparent })).headers.get('traceparent')).toBe(traceparent);
  });

  it('L1.g tells the state of the rate limit', async () => {
    const response = await call('echo', {});
    expect(response.headers.get('ratelimit-policy')).toBe('"user";q=300;w=60');
    expect(response.headers.get('ratelimit')).toBe('"user";r=299;t=1');
    await stack.stop();
    stack = await startStack({
      targets,
      ports: {
        limits: {
          source: () => undefined,
          load: () => ({ running: 0, queued: 0 }),
          reserve: () => {
            throw new AppError('RATE_LIMITED', { data: { retryAfterSeconds: 12.1 } });
          },
        },
      },
    });
    const limited = await call('echo', {});
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '13']);
  });

  it('shows the caller among the clients, by its user agent', async () => {
    await call('echo', {}, { ...auth(), 'User-Agent': 'curl/8.5' });
    expect(stack.clients.list()).toMatchObject([{ id: 'rest:test:user', door: 'rest', name: 'curl/8.5', requestCount: 1 }]);
  });
});
