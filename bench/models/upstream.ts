/**
 * The provider behind every gateway of the benchmark: `upstream.ts <port>`. Answers at once with bytes
 * that were prepared, over raw sockets, so that it is never what limits a gateway. A stream leaves in
 * one write of 63 HTTP chunks, as a node:http server sends what it writes within one turn. Tells its
 * parent on any message how many requests it has answered.
 */
import { createServer, type Socket } from 'node:net';
import { PLAIN_ANSWER, STREAM_EVENTS } from './payloads.ts';

const chunked = (events: readonly string[]): string =>
  ['', ...events.map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`), '0\r\n\r\n'].join('');
const PLAIN = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: bench\r\ncontent-length: ${Buffer.byteLength(PLAIN_ANSWER)}\r\n\r\n${PLAIN_ANSWER}`,
);
const STREAM = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: bench\r\ntransfer-encoding: chunked\r\n\r\n${chunked(STREAM_EVENTS)}`,
);
const REFUSAL = Buffer.from(
  'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 32\r\nconnection: close\r\n\r\n{"error":{"message":"no length"}}',
);

let answered = 0;

/** Length of the request at the head of the text; -1 while it is not whole, 0 when it cannot be read. */
function requestLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return -1;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head));
  if (length) return text.length >= head + 4 + Number(length[1]) ? head + 4 + Number(length[1]) : -1;
  if (!/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, head))) return 0;
  const end = text.indexOf('\r\n0\r\n\r\n', head);
  return end === -1 ? -1 : end + 7;
}

function serve(socket: Socket): void {
  let text = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (piece: string) => {
    text += piece;
    for (let length = requestLength(text); length >= 0 && text !== ''; length = requestLength(text)) {
      if (length === 0) return void socket.end(REFUSAL);
      answered += 1;
      socket.write(/"stream": ?true/.test(text.slice(0, length)) ? STREAM : PLAIN);
      text = text.slice(length);
    }
  });
}

createServer(serve).listen(Number(process.argv[2]), '127.0.0.1');
process.on('message', () => void process.send?.(answered));
