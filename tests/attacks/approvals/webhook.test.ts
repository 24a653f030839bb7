/** Who is told of held calls: signed, bounded, and never in the way of the call. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApprovalGateway, startApprovalGateway } from '../../helpers/approval-gateway.ts';
import { modern } from '../../helpers/mcp-http.ts';
import { until } from '../../helpers/until.ts';

interface Told {
  readonly path: string;
  readonly signature: string;
  readonly body: string;
}

const SECRET = 'webhook-secret-0123456789';
const told: Told[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => void response.end('ok');
let listener: Server;
let gateway: ApprovalGateway;
beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      told.push({ path: request.url ?? '', signature: String(request.headers['switchyard-signature']), body });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  gateway = await startApprovalGateway({ approvals: { webhook: { url: `http://127.0.0.1:${port}/hook`, secret: SECRET, timeoutMs: 300 } } });
});
afterAll(async () => {
  await gateway?.stop();
  listener?.closeAllConnections();
  listener?.close();
});

const call = async (amount: number): Promise<string> =>
  (await modern(gateway.mcp, 'tools/call', { name: 'wire', arguments: { to: 'carl', amount, pin: '4711' } }, { token: gateway.keys.alice })).text;

// @requirement P5.d
describe('P5: the webhook of held calls', () => {
  it('gets each request once, signed, without secrets', async () => {
    await call(1);
    await call(1);
    await until(() => told.length > 0, 'the message');
    const [{ signature, body }] = told as [Told];
    const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(digest).toBe(createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'));
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    const [waiting] = await gateway.waiting();
    expect(JSON.parse(body)).toEqual({ event: 'approval_requested', approval: waiting });
    expect(body).not.toContain('4711');
    expect(told).toHaveLength(1);
  });

  it('one that hangs, fails or redirects holds nothing up, and is told in the log', async () => {
    const failures: readonly (typeof answer)[] = [
      () => undefined,
      (request) => request.socket.destroy(),
      (_request, response) => void response.writeHead(500).end(),
      (_request, response) => void response.writeHead(307, { Location: '/elsewhere' }).end(),
    ];
    for (const [at, failure] of failures.entries()) {
      answer = failure;
      const logged = gateway.log.filter((line) => line.includes('approval not announced')).length;
      expect(await call(100 + at)).toContain('APPROVAL_REQUIRED');
      await until(() => gateway.log.filter((line) => line.includes('approval not announced')).length === logged + 1, 'the log');
    }
    expect(told.map(({ path }) => path)).not.toContain('/elsewhere');
    expect(await gateway.waiting()).toHaveLength(5);
    expect(gateway.log.join('\n')).not.toContain(SECRET);
  });
});
