/** A vendor in this process, over a real socket: records what it gets and answers as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

export interface VendorRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Monotonic milliseconds at which the connection was closed before the answer ended. */
  leftAt: number | undefined;
}

export interface VendorAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** `head` = never answers; `end` = sends the body and never ends; `rest` = sends the body and breaks the connection. */
  readonly withholds?: 'head' | 'end' | 'rest';
}

export interface Vendor {
  readonly url: string;
  readonly requests: VendorRequest[];
  /** Answers the next request so, instead of as the vendor would. */
  answerNext(answer: VendorAnswer): void;
  stop(): Promise<void>;
}

/** Listens on a free port of loopback. */
export async function startVendor(serve: (request: VendorRequest) => VendorAnswer): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  const planned: VendorAnswer[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const record: VendorRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces),
      leftAt: undefined,
    };
    requests.push(record);
    response.on('close', () => {
      if (!response.writableFinished) record.leftAt = performance.now();
    });
    const { status = 200, headers = {}, body = '', withholds } = planned.shift() ?? serve(record);
    if (withholds === 'head') return;
    response.writeHead(status, headers);
    if (withholds === 'rest') response.write(body, () => setTimeout(() => response.destroy(), 20));
    else if (withholds === 'end') response.write(body);
    else response.end(body);
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    answerNext: (answer) => void planned.push(answer),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const JSON_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/json' };
export const STREAM_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' };
