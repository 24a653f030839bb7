/** A provider that speaks both wire formats and misbehaves by the name of the model: `<fault>` or `<fault>@<anything>`, counted by its whole name. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a whole answer says. */
export const ANSWER = 'The gateway keeps every word: ä€😀 and all.';
const TOKENS = ANSWER.match(/.{1,4}/gu) ?? [];
const HALF = Math.floor(TOKENS.length / 2);

export interface ProviderRequest {
  readonly model: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** When the connection was closed before the answer ended; monotonic milliseconds. */
  leftAt: number | undefined;
}

export interface FaultProvider {
  readonly url: string;
  readonly requests: ProviderRequest[];
  stop(): Promise<void>;
}

interface Exchange {
  readonly response: ServerResponse;
  readonly isAnthropic: boolean;
  readonly isStream: boolean;
  /** Requests for this model so far, this one included. */
  readonly count: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

function eventsOf(isAnthropic: boolean): { readonly start: string[]; readonly tokens: string[]; readonly end: string[] } {
  if (isAnthropic) {
    const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
    return {
      start: [
        event('message_start', { message: { id: 'm', role: 'assistant', content: [], usage: { input_tokens: 7, output_tokens: 1 } } }),
        event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        event('ping', {}),
      ],
      tokens: TOKENS.map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
      end: [
        event('content_block_stop', { index: 0 }),
        event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 11 } }),
        event('message_stop', {}),
      ],
    };
  }
  const chunk = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  return {
    start: [chunk({ role: 'assistant', content: '' }, null)],
    tokens: TOKENS.map((content) => chunk({ content }, null)),
    end: [chunk({}, 'stop'), `data: ${JSON.stringify({ id: 'c', choices: [], usage: { prompt_tokens: 7, completion_tokens: 11 } })}\n\n`, 'data: [DONE]\n\n'],
  };
}

/** A whole plain answer, with what a JSON round trip would damage. */
export function plainAnswer(isAnthropic: boolean): string {
  return isAnthropic
    ? `{"id":"m", "type":"message","big":12345678901234567890,"content":[{"type":"text","text":${JSON.stringify(ANSWER)}}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":11}}`
    : `{"id":"c", "object":"chat.completion","big":12345678901234567890,"choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(ANSWER)}},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11}}`;
}

function fail({ response, isAnthropic }: Exchange, status: number, type: string, code: string, headers: Record<string, string> = {}): void {
  const error = { type, message: `provider says ${code}`, ...(isAnthropic ? {} : { code, param: null }) };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(isAnthropic ? { type: 'error', error } : { error }));
}

function open({ response, isStream }: Exchange, length?: number): void {
  response.writeHead(200, {
    'content-type': isStream ? 'text/event-stream' : 'application/json',
    ...(length === undefined ? {} : { 'content-length': length }),
  });
}

/** The whole answer; `write` may be another way of writing it. */
async function answer(exchange: Exchange, write: (bytes: Buffer) => Promise<void> | void = (bytes) => void exchange.response.write(bytes)): Promise<void> {
  const { start, tokens, end } = eventsOf(exchange.isAnthropic);
  open(exchange);
  await write(Buffer.from(exchange.isStream ? [...start, ...tokens, ...end].join('') : plainAnswer(exchange.isAnthropic)));
  exchange.response.end();
}

/** The first half of the answer. */
function half(exchange: Exchange): void {
  const { start, tokens } = eventsOf(exchange.isAnthropic);
  const plain = plainAnswer(exchange.isAnthropic);
  open(exchange, exchange.isStream ? undefined : Buffer.byteLength(plain));
  exchange.response.write(exchange.isStream ? [...start, ...tokens.slice(0, HALF)].join('') : plain.slice(0, 60));
}

async function slowFirst(exchange: Exchange): Promise<void> {
  if (!exchange.isStream) return await pause(1500).then(() => answer(exchange));
  const { start, tokens, end } = eventsOf(exchange.isAnthropic);
  open(exchange);
  exchange.response.write(start.join(''));
  for (let waited = 0; waited < 1500 && !exchange.response.destroyed; waited += 50) {
    exchange.response.write(exchange.isAnthropic ? 'event: ping\ndata: {"type":"ping"}\n\n' : ': still here\n\n');
    await pause(50);
  }
  exchange.response.end([...tokens, ...end].join(''));
}

async function trickle(exchange: Exchange): Promise<void> {
  const { start, tokens } = eventsOf(exchange.isAnthropic);
  open(exchange);
  exchange.response.write(start.join(''));
  while (!exchange.response.destroyed) {
    exchange.response.write(tokens[0] ?? '');
    await pause(20);
  }
}

/** Writes content until the far end takes no more; `requests` shows by `leftAt` when it has gone. */
async function flood(exchange: Exchange): Promise<void> {
  const { start, tokens } = eventsOf(exchange.isAnthropic);
  const many = Buffer.from((tokens[0] ?? '').repeat(512));
  open(exchange);
  exchange.response.write(start.join(''));
  while (!exchange.response.destroyed) {
    if (!exchange.response.write(many)) await Promise.race([once(exchange.response, 'drain'), once(exchange.response, 'close')]);
  }
}

const FAULTS: Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>> = {
  ok: (exchange) => answer(exchange),
  'retry-after': (exchange) =>
    exchange.count === 1 ? fail(exchange, 429, 'rate_limit_error', 'rate_limit_exceeded', { 'retry-after': '1' }) : answer(exchange),
  'long-wait': (exchange) => fail(exchange, 429, 'rate_limit_error', 'rate_limit_exceeded', { 'retry-after': '3600' }),
  busy: (exchange) => fail(exchange, 429, 'rate_limit_error', 'rate_limit_exceeded'),
  overloaded: (exchange) => fail(exchange, 529, 'overloaded_error', 'overloaded'),
  'fail-once': (exchange) => (exchange.count === 1 ? fail(exchange, 500, 'api_error', 'server_error') : answer(exchange)),
  down: (exchange) => fail(exchange, 503, 'api_error', 'unavailable'),
  flapping: (exchange) => (exchange.count % 2 === 1 ? fail(exchange, 500, 'api_error', 'server_error') : answer(exchange)),
  reset: ({ response }) => void response.destroy(),
  silent: () => undefined,
  'slow-first': slowFirst,
  cut(exchange) {
    half(exchange);
    void pause(20).then(() => exchange.response.destroy());
  },
  stall: half,
  async malformed(exchange) {
    if (exchange.isStream) half(exchange);
    else open(exchange);
    await pause(20);
    exchange.response.end(exchange.isStream ? 'data: {"choices": [nonsense\n\n' : '{"choices": [nonsense');
  },
  async 'in-band'(exchange) {
    half(exchange);
    await pause(20);
    exchange.response.end(`data: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'secret words' } })}\n\n`);
  },
  async 'no-end'(exchange) {
    if (exchange.isStream) half(exchange);
    else open(exchange);
    await pause(20);
    exchange.response.end(exchange.isStream ? undefined : plainAnswer(exchange.isAnthropic).replace(/"(stop|finish)_reason":"\w+"/, '"$1_reason":null'));
  },
  /** Without the dialect's last event: `[DONE]`, `message_stop`. */
  async 'no-done'(exchange) {
    if (!exchange.isStream) {
      await answer(exchange);
      return;
    }
    const { start, tokens, end } = eventsOf(exchange.isAnthropic);
    open(exchange);
    exchange.response.end([...start, ...tokens, ...end.slice(0, -1)].join(''));
  },
  context: (exchange) => fail(exchange, 400, 'invalid_request_error', 'context_length_exceeded'),
  filter: (exchange) => fail(exchange, 400, exchange.isAnthropic ? 'content_filter' : 'invalid_request_error', 'content_filter'),
  'bad-key': (exchange) => fail(exchange, 401, 'authentication_error', 'invalid_api_key'),
  'no-prefill': (exchange) => fail(exchange, 400, 'invalid_request_error', 'prefill_not_supported'),
  redirect: ({ response }) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  gzip: ({ response }) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  huge(exchange) {
    open(exchange);
    exchange.response.end(Buffer.alloc(21_000_000, 0x20));
  },
  bytewise: (exchange) =>
    answer(exchange, async (bytes) => {
      for (const byte of bytes) {
        exchange.response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    }),
  trickle,
  flood,
};

/** Listens on a free port of loopback. */
export async function startFaultProvider(): Promise<FaultProvider> {
  const requests: ProviderRequest[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const { model, stream } = JSON.parse(body.toString()) as { model: string; stream?: boolean };
    const record: ProviderRequest = { model, path: request.url ?? '', headers: request.headers, body, leftAt: undefined };
    requests.push(record);
    response
      .setMaxListeners(0)
      .on('error', () => undefined)
      .on('close', () => {
        if (!response.writableFinished) record.leftAt = performance.now();
      });
    const count = requests.filter((earlier) => earlier.model === model).length;
    await FAULTS[model.split('@')[0] ?? '']?.({ response, isAnthropic: request.url === '/v1/messages', isStream: stream === true, count });
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
