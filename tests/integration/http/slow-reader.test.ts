import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { cutWhenStalled } from '../../../src/doors/http/slow-reader.ts';
import { SseStream } from '../../../src/doors/mcp/streams.ts';

const BYTES = 24 * 1024 * 1024;
const STALL_MS = 300;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers a client, whose response is not read yet. */
async function open(answer: (response: ServerResponse) => void): Promise<{ readonly incoming: IncomingMessage; readonly response: ServerResponse }> {
  const answered = Promise.withResolvers<ServerResponse>();
  const listening = createServer((_request, response) => {
    answer(response);
    answered.resolve(response);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    send({ host: '127.0.0.1', port: (listening.address() as AddressInfo).port }, resolve)
      .on('error', reject)
      .end();
  });
  incoming.pause();
  incoming.on('error', () => undefined);
  return { incoming, response: await answered.promise };
}

const whole = (response: ServerResponse): void => {
  response.writeHead(200, { 'Content-Length': BYTES });
  cutWhenStalled(response, BYTES, STALL_MS);
  response.end(Buffer.alloc(BYTES, 'x'));
};

it('a client that takes nothing of a large answer is disconnected', async () => {
  const { response } = await open(whole);
  await expect.poll(() => response.destroyed, { timeout: 5000 }).toBe(true);
});

it('one that is slow gets all of it, however long that takes (control)', async () => {
  const { incoming } = await open(whole);
  const startedAt = performance.now();
  let size = 0;
  incoming.on('data', (piece: Buffer) => {
    size += piece.length;
    incoming.pause();
    setTimeout(() => incoming.resume(), 2);
  });
  incoming.resume();
  await new Promise((resolve) => incoming.once('close', resolve));
  expect(size).toBe(BYTES);
  expect(performance.now() - startedAt).toBeGreaterThan(STALL_MS);
});

it('one that is a minute behind on an event stream is disconnected, and not before', async () => {
  let stream: SseStream | undefined;
  const { response } = await open((opened) => {
    stream = new SseStream(opened, []);
    void stream.send('x'.repeat(BYTES));
  });
  const now = performance.now();
  stream?.keepAlive(now + 59_000, 15_000);
  expect(response.destroyed).toBe(false);
  stream?.keepAlive(now + 62_000, 15_000);
  expect(response.destroyed).toBe(true);
});
