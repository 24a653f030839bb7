import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FrameDecoder, MAX_FRAME_BYTES } from '../../../../src/core/frame-codec.ts';
import { createFramer, lineOf } from '../../../../src/doors/tcp/framed-streams.ts';
import { createTcpDoor } from '../../../../src/doors/tcp/tcp-door.ts';
import { memoryLogger } from '../../../helpers/edge.ts';

describe('frames and lines', () => {
  it('line breaks between parts become spaces; what is within a text stays as it is', () => {
    expect(lineOf(Buffer.from('{\r\n "a": "b\\n"}')).toString()).toBe('{   "a": "b\\n"}\n');
  });

  it('an answer that fits no frame becomes an error with its id', async () => {
    const framer = createFramer();
    framer.end(`${JSON.stringify({ jsonrpc: '2.0', id: 'x', result: { text: 'y'.repeat(MAX_FRAME_BYTES) } })}\n{"a":1}\n`);
    const frames: string[] = [];
    const decoder = new FrameDecoder({ onFrame: (frame) => void frames.push(frame.toString()), onBroken: () => undefined });
    for await (const piece of framer) decoder.push(piece as Buffer);
    expect(JSON.parse(frames[0] ?? '')).toMatchObject({ id: 'x', error: { data: { code: 'RESPONSE_TOO_LARGE' } } });
    expect(frames[1]).toBe('{"a":1}');
  });
});

it('D5.d: a client that says nothing is sent away', async () => {
  const door = createTcpDoor({
    host: '127.0.0.1',
    port: 0,
    helloMs: 50,
    logger: memoryLogger([]),
    admit: () => {
      throw new Error('nobody asked');
    },
    serve: () => {
      throw new Error('nobody is served');
    },
  });
  await door.start();
  const socket = connect({ host: '127.0.0.1', port: door.address?.port ?? 0 });
  let received = '';
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
  });
  await once(socket, 'close');
  expect(received).toContain('REQUEST_TIMEOUT');
  await door.stop();
});
