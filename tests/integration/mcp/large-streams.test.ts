import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { SseStream } from '../../../src/doors/mcp/streams.ts';
import { plainTool, say } from '../../conformance/fixture/tools.ts';
import { type Gateway, startGateway } from '../../helpers/mcp-gateway.ts';
import { modern } from '../../helpers/mcp-http.ts';

const MIB = 1024 * 1024;
let stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

async function serve(handle: (stream: SseStream) => void): Promise<Server> {
  const server = createServer((_request, response) => handle(new SseStream(response, [])));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

it('an answer that is larger than what a slow client may leave unread arrives over a stream', async () => {
  const gateway: Gateway = await startGateway({
    tools: [
      plainTool('large', 'Says a lot.', async (_input, context) => {
        await context.progress(1, 2, 'half');
        return say('x'.repeat(20 * MIB));
      }),
    ],
  });
  stops.push(() => gateway.stop());
  const { events, headers } = await modern(gateway.url, 'tools/call', { name: 'large', _meta: { progressToken: 't' } });
  expect(headers['content-type']).toBe('text/event-stream');
  expect(events).toHaveLength(2);
  expect(events[1]?.data.length).toBeGreaterThan(20 * MIB);
});

it('a client that leaves 8 MiB unread is disconnected, and no more than that and one message is held for it', async () => {
  let sent = 0;
  let stream: SseStream | undefined;
  const server = await serve((opened) => {
    stream = opened;
    const timer = setInterval(() => {
      if (!opened.isOpen) clearInterval(timer);
      else {
        sent += 1;
        void opened.send('x'.repeat(MIB));
      }
    }, 1);
  });
  const { port } = server.address() as AddressInfo;
  const request = send({ port, host: '127.0.0.1' }, (response) => response.pause());
  request.on('error', () => undefined).end();
  await vi.waitFor(() => expect(stream?.isOpen).toBe(false), { timeout: 10_000 });
  // What the kernel holds for both ends is not ours to bound.
  expect(sent).toBeLessThan(40);
});
