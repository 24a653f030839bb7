/** What a program sends on its output, without the program. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpstreamEvent } from '../../../../src/contracts/upstream.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { Conversation } from '../../../../src/upstreams/connection/conversation.ts';
import { StderrTail } from '../../../../src/upstreams/connection/stdio/child.ts';
import { StdioWire } from '../../../../src/upstreams/connection/stdio/stdio-wire.ts';

const PIECE_BYTES = 1_048_576;

function startFake(maxLineBytes: number) {
  const streams = { stdin: new PassThrough(), stdout: new EventEmitter(), stderr: new PassThrough() };
  const stdout = Object.assign(streams.stdout, { destroy: () => undefined, readableLength: 0, destroyed: false });
  const child = Object.assign(new EventEmitter(), { ...streams, stdout, exitCode: 0, signalCode: null, pid: undefined });
  const events: UpstreamEvent[] = [];
  const conversation = new Conversation((event) => events.push(event));
  conversation.use(new StdioWire(child as unknown as ChildProcessWithoutNullStreams, conversation, maxLineBytes));
  const send = (piece: Buffer): unknown => stdout.emit('data', piece);
  return { conversation, events, send };
}

describe('a message that is too long', () => {
  it('gives the memory of each of its pieces back at once; what follows it in the same piece is read', async () => {
    const { conversation, send } = startFake(1000);
    const scope = new Scope();
    const refused = conversation.once('tools/call', {}, scope);
    const skipped = Buffer.from(new ArrayBuffer(PIECE_BYTES)).fill('x');
    send(skipped);
    expect(skipped.length).toBe(0);
    const last = Buffer.from(`xxx\n{"jsonrpc":"2.0","id":2,"result":{"content":[]}}\n`);
    send(last.subarray(0, 4));
    await expect(refused).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    const answered = conversation.once('tools/call', {}, scope);
    send(last.subarray(4));
    expect(await answered).toEqual({ content: [] });
    expect(last.length).toBeGreaterThan(0);
    // The control: a message within the bound keeps its pieces until it is read.
    const whole = Buffer.from(new Uint8Array(Buffer.from('{"jsonrpc":"2.0","id":3,"result":')).buffer);
    send(whole);
    expect(whole.length).toBeGreaterThan(0);
  });

  it('never takes memory that others use: a piece that is a part of a larger buffer is left alone', () => {
    const { send } = startFake(1000);
    const shared = Buffer.alloc(2 * PIECE_BYTES, 'x');
    send(shared.subarray(0, PIECE_BYTES));
    expect(shared.length).toBe(2 * PIECE_BYTES);
  });

  it('and does not end is the end of the server; 512 MB that end are not', () => {
    const { conversation, events, send } = startFake(1000);
    const flood = (count: number): void => {
      for (let index = 0; index < count; index += 1) send(Buffer.from(new ArrayBuffer(PIECE_BYTES)).fill('x'));
    };
    flood(512);
    send(Buffer.from('\n'));
    flood(512);
    expect(conversation.ended).toBeUndefined();
    flood(1);
    expect(conversation.ended).toMatchObject({ code: 'UPSTREAM_INVALID', message: expect.stringContaining('does not end') });
    expect(events).toEqual([expect.objectContaining({ type: 'closed' })]);
  });

  const LONG = 'x'.repeat(2000);
  it.each([
    ['begins with the id of its request', `{"jsonrpc":"2.0","id":1,"result":{"text":"${LONG}"}}`, [true, false]],
    ['ends with it, as the TypeScript SDK writes it', `{"result":{"text":"${LONG}"},"jsonrpc":"2.0","id":1}`, [true, false]],
    ['does not tell whose it is', `{"result":{"text":"${LONG}"},"id":1,"jsonrpc":"2.0"}`, [true, true]],
    ['has such an id within its result alone', `{"id":2,"result":{"text":"${LONG}","of":{"x":1,"id":1}}}`, [false, true]],
    ['is a notification', `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"${LONG}","id":1}}`, [false, false]],
    ['is a question of the server', `{"method":"elicitation/create","params":{"message":"${LONG}"},"jsonrpc":"2.0","id":1}`, [false, false]],
  ])('that %s fails what it belongs to', async (_what, line, areFailed) => {
    const { conversation, send } = startFake(1000);
    const scope = new Scope();
    const codes: (string | undefined)[] = [undefined, undefined];
    const calls = codes.map((_code, index) =>
      conversation.once('tools/call', {}, scope).catch((failure: unknown) => {
        codes[index] = (failure as { code: string }).code;
      }),
    );
    // In pieces of every size.
    for (let from = 0, size = 1; from < line.length; from += size, size = (size % 400) + 39) send(Buffer.from(line.slice(from, from + size)));
    send(Buffer.from('\n'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(codes.map((code) => code === 'RESPONSE_TOO_LARGE')).toEqual(areFailed);
    // The control: what was not failed gets its answer.
    for (const id of [1, 2]) send(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}\n`));
    await Promise.all(calls);
  });
});

describe('lines that are no messages', () => {
  const print = (send: (piece: Buffer) => unknown, count: number, line: string): void => {
    send(Buffer.from(`${line}\n`.repeat(count)));
  };
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(['plain text', '{"level":30,"msg":"a log of JSON"}', '[]', '[{"level":30}]', '{broken'])('such as %s end the server when they flood', (line) => {
    const { conversation, send } = startFake(10_000_000);
    print(send, 1000, line);
    expect(conversation.ended).toBeUndefined();
    print(send, 1, line);
    expect(conversation.ended).toMatchObject({ code: 'UPSTREAM_INVALID', message: expect.stringContaining('floods') });
  });

  it('are borne for ever when they come slowly, or between messages', () => {
    const { conversation, send } = startFake(10_000_000);
    for (let hour = 0; hour < 20; hour += 1) {
      print(send, 900, 'still alive');
      vi.advanceTimersByTime(11_000);
    }
    for (let count = 0; count < 20; count += 1) {
      print(send, 900, '{"msg":"working"}');
      print(send, 1, '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":0,"progress":1}}');
    }
    expect(conversation.ended).toBeUndefined();
  });
});

it('of what a server writes to stderr the last 8 KiB are kept, and the memory of the rest is given back at once', () => {
  const tail = new StderrTail();
  tail.push(Buffer.from('short '));
  const long = Buffer.from(new ArrayBuffer(65_536)).fill('y');
  tail.push(long);
  expect(long.length).toBe(0);
  tail.push(Buffer.from('the end'));
  expect(tail.text).toBe(`${'y'.repeat(8192 - 7)}the end`);
});
