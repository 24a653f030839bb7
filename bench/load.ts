/**
 * The load: a process of its own that keeps N connections busy with one prepared request each, over
 * raw sockets, so that its own cost is small and the same for every server. Talks to its parent by
 * messages: a Load comes in, a LoadResult goes out.
 */
import { connect, type Socket } from 'node:net';

/** What to send, how and for how long. */
export interface Load {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly connections: number;
  readonly durationMs: number;
  /** Text that every answer must contain, and its status. */
  readonly expected: string;
}

/** What came back. `errors` are answers of another status or without the expected text. */
export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly firstError: string | null;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Length of the complete answer at the head of the text, or -1 while some of it is missing. */
function answerLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return -1;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head));
  if (length) return text.length >= head + 4 + Number(length[1]) ? head + 4 + Number(length[1]) : -1;
  const end = text.indexOf('0\r\n\r\n', head + 4);
  return end === -1 ? -1 : end + 5;
}

function percentile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 1000);
}

/** Runs one load to its end: after the duration no request is sent, the open ones are awaited. */
async function runLoad({ port, request, connections, durationMs, expected }: Load): Promise<LoadResult> {
  const bytes = Buffer.from(request);
  const times: number[] = [];
  let errors = 0;
  let firstError: string | null = null;
  const sockets = await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket)).once('error', reject);
        }),
    ),
  );
  const startedAt = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          let text = '';
          let sentAt = 0;
          const send = (): void => {
            sentAt = performance.now();
            socket.write(bytes);
          };
          const fail = (reason: string): void => {
            errors += 1;
            firstError ??= reason;
          };
          socket.setEncoding('latin1');
          socket.on('data', (chunk: string) => {
            text += chunk;
            const length = answerLength(text);
            if (length === -1) return;
            const now = performance.now();
            times.push(now - sentAt);
            if (!text.startsWith('HTTP/1.1 200 ') || !text.includes(expected)) fail(text.slice(0, 300));
            text = text.slice(length);
            if (now - startedAt < durationMs) send();
            else socket.end();
          });
          socket.on('close', () => {
            if (text !== '') fail(`closed within an answer: ${text.slice(0, 300)}`);
            resolve();
          });
          socket.on('error', (error) => fail(error.message));
          send();
        }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  times.sort((left, right) => left - right);
  return { requests: times.length, errors, firstError, seconds, p50Us: percentile(times, 0.5), p99Us: percentile(times, 0.99) };
}

process.on('message', (load: Load) => {
  void runLoad(load).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ requests: 0, errors: 1, firstError: String(error), seconds: 0, p50Us: 0, p99Us: 0 }),
  );
});
