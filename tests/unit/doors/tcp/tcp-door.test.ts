import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Admission } from '../../../../src/contracts/call.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../../../src/core/frame-codec.ts';
import { createFramer, lineOf } from '../../../../src/doors/tcp/framed-streams.ts';
import type { StdioStreams } from '../../../../src/doors/mcp/stdio-streams.ts';
import { createTcpDoor, type TcpDoor, type TcpDoorOptions } from '../../../../src/doors/tcp/tcp-door.ts';
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

describe('a connection', () => {
  const HELLO = encodeFrame(Buffer.from('{"jsonrpc":"2.0","id":0,"method":"authenticate","params":{}}'));
  const ADMISSION = {} as Admission;
  let door: TcpDoor | undefined;
  afterEach(() => door?.stop());

  async function start(
    options: Partial<TcpDoorOptions>,
  ): Promise<{ readonly socket: Socket; readonly served: StdioStreams[]; readonly received: () => string }> {
    const served: StdioStreams[] = [];
    door = createTcpDoor({
      host: '127.0.0.1',
      port: 0,
      logger: memoryLogger([]),
      admit: () => ADMISSION,
      serve: (streams) => {
        served.push(streams);
        return { closed: new Promise(() => undefined), close: () => undefined };
      },
      ...options,
    });
    await door.start();
    const socket = connect({ host: '127.0.0.1', port: door.address?.port ?? 0 });
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    socket.on('error', () => undefined);
    return { socket, served, received: () => text };
  }

  it.each([
    ['leaves', 'left'],
    ['is too late', 'late'],
  ])('that %s while it is asked who it is is not served', async (_name, how) => {
    const known = Promise.withResolvers<Admission>();
    const asked = Promise.withResolvers<void>();
    const { socket, served } = await start({
      helloMs: how === 'late' ? 50 : 5000,
      admit: async () => {
        asked.resolve();
        return await known.promise;
      },
    });
    socket.write(HELLO);
    await asked.promise;
    const closed = once(socket, 'close');
    if (how === 'left') socket.resetAndDestroy();
    await closed;
    // The other end notices a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    known.resolve(ADMISSION);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(served).toEqual([]);
  });

  it('that is known in time is served (control)', async () => {
    const { socket, served } = await start({});
    socket.write(HELLO);
    await expect.poll(() => served.length).toBe(1);
  });

  it('may send one message after the other for as long as it likes: each has its own time', async () => {
    const { socket, served, received } = await start({ receiveMs: 150 });
    socket.write(HELLO);
    await expect.poll(() => served.length).toBe(1);
    let lines = 0;
    served[0]?.input.on('data', (piece: Buffer) => {
      lines += piece.toString().split('\n').length - 1;
    });
    const message = encodeFrame(Buffer.from('{"a":1}'));
    socket.write(message.subarray(0, 6));
    // Every piece ends a message and begins the next one.
    for (let sent = 0; sent < 25; sent += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(Buffer.concat([message.subarray(6), message.subarray(0, 6)]));
    }
    await expect.poll(() => lines).toBe(25);
    // The last one is not finished: its own time ends it (control).
    await once(socket, 'close');
    expect(received()).toContain('REQUEST_TIMEOUT');
  });

  it('gets what was said to it before the door closed', async () => {
    const closed = Promise.withResolvers<void>();
    let output: StdioStreams['output'] | undefined;
    const { socket } = await start({
      serve: (streams) => {
        ({ output } = streams);
        streams.input.resume();
        return { closed: closed.promise, close: () => undefined };
      },
    });
    const frames: number[] = [];
    const decoder = new FrameDecoder({ onFrame: (frame) => void frames.push(frame.length), onBroken: () => undefined });
    socket.on('data', (piece: Buffer) => decoder.push(piece));
    socket.write(HELLO);
    await expect.poll(() => output).toBeDefined();
    const text = JSON.stringify({ text: 'x'.repeat(8_000_000) });
    output?.write(`${text}\n`);
    // As the connection does when the gateway stops: what is written was taken over, then it is closed.
    await new Promise((resolve) => output?.write('', resolve));
    closed.resolve();
    const ended = once(socket, 'close');
    await door?.stop();
    await ended;
    expect(frames.at(-1)).toBe(text.length);
  });

  it('has no more time for a message that begins together with the first', async () => {
    const { socket, served, received } = await start({ receiveMs: 100 });
    const message = encodeFrame(Buffer.from('{"a":1}'));
    socket.write(Buffer.concat([HELLO, message.subarray(0, 6)]));
    await once(socket, 'close');
    expect([served.length, received()]).toEqual([1, expect.stringContaining('REQUEST_TIMEOUT')]);
  });

  it('is not sent away for the time in which the gateway does not read on', async () => {
    const { socket, served, received } = await start({ receiveMs: 100 });
    socket.write(HELLO);
    await expect.poll(() => served.length).toBe(1);
    const message = encodeFrame(Buffer.from(JSON.stringify({ text: 'x'.repeat(100_000) })));
    for (let sent = 0; sent < 200; sent += 1) socket.write(message);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([socket.destroyed, received()]).toEqual([false, expect.not.stringContaining('REQUEST_TIMEOUT')]);
    let lines = 0;
    served[0]?.input.on('data', (piece: Buffer) => {
      for (const byte of piece) if (byte === 0x0a) lines += 1;
    });
    await expect.poll(() => lines, { timeout: 5000 }).toBe(200);
  });
});
