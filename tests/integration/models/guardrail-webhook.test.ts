/** A guardrail outside: what it is told, what it may do, and what its silence means. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { ask, judge, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';

interface Guard {
  readonly url: string;
  readonly asked: { readonly body: JsonObject; readonly authorization: string | undefined }[];
  /** Undefined = it says nothing. */
  answer: string | undefined;
  status: number;
}

let server: Server;
let guard: Guard;
let closed: ModelGateway;
let open: ModelGateway;

beforeAll(async () => {
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
      guard.asked.push({ body: isObject(body) ? body : {}, authorization: request.headers.authorization });
      if (guard.answer !== undefined) response.writeHead(guard.status).end(guard.answer);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  guard = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`, asked: [], answer: undefined, status: 200 };
  const rules = (onFailure: string | null): JsonObject => ({
    guardrails: { rules: { outside: { kind: 'webhook', url: guard.url, apiKey: 'hook-key', timeoutMs: 300, onFailure } } },
  });
  closed = await startModelGateway({}, rules(null));
  open = await startModelGateway({}, rules('allow'));
});
afterAll(async () => {
  await closed.stop();
  await open.stop();
  server.closeAllConnections();
  server.close();
});

const say = (answer: unknown, status = 200): void => {
  guard.answer = answer === undefined ? undefined : JSON.stringify(answer);
  guard.status = status;
  guard.asked.length = 0;
};

// @requirement M10.i
describe('M10.i webhook', () => {
  it('is told direction, texts, a hash of the principal and the correlation id, and lets pass', async () => {
    say({ action: 'allow' });
    const response = await ask(closed, 'openai', { model: 'oa/ok' }, { 'x-correlation-id': 'trace-7' });
    const correlationId = response.headers.get('x-correlation-id');
    expect(await judge(response, 'openai', false)).toBe('complete');
    const [inward, outward] = guard.asked;
    expect(inward).toMatchObject({ authorization: 'Bearer hook-key', body: { direction: 'in', parts: [{ index: 0, text: 'hi' }], correlationId } });
    expect(outward?.body['direction']).toBe('out');
    const principal = closed.records().findLast(({ phase }) => phase === 'outcome')?.['principal'];
    expect(inward?.body['principal']).toBe(createHash('sha256').update(String(principal)).digest('hex'));
    expect(guard.asked).toHaveLength(2);
  });

  it.each(['openai', 'anthropic'] as const)('replaces words of %s requests and streams, which are held until it has answered', async (dialect) => {
    say({
      action: 'redact',
      replacements: [
        { find: 'hi', replace: 'hello' },
        { find: 'The', replace: 'A "better"' },
      ],
    });
    const model = dialect === 'openai' ? 'oa/ok' : 'an/ok';
    const text = await (await ask(closed, dialect, { model, stream: true })).text();
    expect(String(closed.provider.requests.at(-1)?.body)).toContain('"content":"hello"');
    expect(text).toContain('A \\"better\\"');
    expect(text).not.toMatch(/"The/);
    expect(guard.asked).toHaveLength(2);
  });

  it('blocks, and the provider is not asked', async () => {
    say({ action: 'block' });
    const before = closed.provider.requests.length;
    const response = await ask(closed, 'anthropic', { model: 'an/ok' });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('GUARDRAIL_BLOCKED')]);
    expect(closed.provider.requests).toHaveLength(before);
  });

  it.each<[string, unknown, number]>([
    ['silence', undefined, 200],
    ['a failure', { action: 'allow' }, 500],
    ['nonsense', { action: 'maybe' }, 200],
    ['a replacement of nothing', { action: 'redact', replacements: [{ find: '', replace: 'x' }] }, 200],
  ])('%s refuses the call with GUARDRAIL_UNAVAILABLE; with onFailure: allow, it passes', async (_name, answer, status) => {
    say(answer, status);
    const response = await ask(closed, 'openai', { model: 'oa/ok' });
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('guardrail_unavailable')]);
    expect(await judge(await ask(open, 'openai', { model: 'oa/ok' }), 'openai', false)).toBe('complete');
  });

  it('M10.g what asks for the answer token by token is refused where answers are judged', async () => {
    say({ action: 'allow' });
    const response = await ask(closed, 'openai', { model: 'oa/ok', logprobs: true });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('logprobs')]);
    expect((await ask(closed, 'openai', { model: 'oa/ok', logprobs: false })).status).toBe(200);
  });
});
