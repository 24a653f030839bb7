/** What the fault provider does wrong, by name. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { chunkEvent, eventsOf, HALF, messageEvent, plainAnswer } from './fault-wire.ts';

/** One request under way. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly isAnthropic: boolean;
  readonly isStream: boolean;
  /** As the client of the provider named it. */
  readonly model: string;
  /** Requests for this model so far, this one included. */
  readonly count: number;
  /** Milliseconds since the first request for this model. */
  readonly sinceFirstMs: number;
  /** Requests on this connection so far, this one included. */
  readonly countOnConnection: number;
  /** Whether the last message is one of the assistant, to be continued. */
  readonly hasPrefill: boolean;
}

export type Fault = (exchange: Exchange) => Promise<void> | void;

/** How long the provider that is down for a while is down. */
export const OUTAGE_MS = 700;

/** How long a slow first token takes. */
const SLOW_MS = 6000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

function fail({ response, isAnthropic }: Exchange, status: number, type: string, code: string, headers: Record<string, string> = {}): void {
  const error = { type, message: `provider says ${code}`, ...(isAnthropic ? {} : { code, param: null }) };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(isAnthropic ? { type: 'error', error } : { error }));
}

const limited = (exchange: Exchange, headers: Record<string, string> = {}): void => fail(exchange, 429, 'rate_limit_error', 'rate_limit_exceeded', headers);

function open({ response, isStream }: Exchange, length?: number): void {
  response.writeHead(200, {
    'content-type': isStream ? 'text/event-stream' : 'application/json',
    ...(length === undefined ? {} : { 'content-length': length }),
  });
}

/** The whole answer; `write` may be another way of writing it. */
async function answer(
  exchange: Exchange,
  write: (bytes: Buffer) => Promise<void> | void = (bytes) => void exchange.response.write(bytes),
  model?: string,
): Promise<void> {
  const { start, tokens, end } = eventsOf(exchange.isAnthropic, model);
  open(exchange);
  await write(Buffer.from(exchange.isStream ? [...start, ...tokens, ...end].join('') : plainAnswer(exchange.isAnthropic, model)));
  exchange.response.end();
}

/** Another stream than the whole one; a plain answer is whole. */
async function stream(exchange: Exchange, events: readonly string[]): Promise<void> {
  if (!exchange.isStream) return await answer(exchange);
  open(exchange);
  exchange.response.end(events.join(''));
  return undefined;
}

/** The first half of the answer. */
function half(exchange: Exchange): void {
  const { start, tokens } = eventsOf(exchange.isAnthropic);
  const plain = plainAnswer(exchange.isAnthropic);
  open(exchange, exchange.isStream ? undefined : Buffer.byteLength(plain));
  exchange.response.write(exchange.isStream ? [...start, ...tokens.slice(0, HALF)].join('') : plain.slice(0, 60));
}

async function slowFirst(exchange: Exchange): Promise<void> {
  if (!exchange.isStream) return await pause(SLOW_MS).then(() => answer(exchange));
  const { start, tokens, end } = eventsOf(exchange.isAnthropic);
  open(exchange);
  exchange.response.write(start.join(''));
  for (let waited = 0; waited < SLOW_MS && !exchange.response.destroyed; waited += 50) {
    exchange.response.write(exchange.isAnthropic ? 'event: ping\ndata: {"type":"ping"}\n\n' : ': still here\n\n');
    await pause(50);
  }
  exchange.response.end([...tokens, ...end].join(''));
  return undefined;
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

/** Writes content, so much in each event, until the far end takes no more or has so many bytes; `requests` shows by `leftAt` when it has gone. */
async function flood(exchange: Exchange, text: string, bytes = Infinity): Promise<void> {
  const { start, tokens } = eventsOf(exchange.isAnthropic);
  const token = (tokens[0] ?? '').replace('The ', text);
  const many = exchange.isStream ? Buffer.from(token.repeat(Math.ceil(65_536 / token.length))) : Buffer.alloc(65_536, 0x20);
  open(exchange);
  if (exchange.isStream) exchange.response.write(start.join(''));
  for (let sent = 0; sent < bytes && !exchange.response.destroyed; sent += many.length) {
    if (!exchange.response.write(many)) await Promise.race([once(exchange.response, 'drain'), once(exchange.response, 'close')]);
  }
  exchange.response.end();
}

/** Writes piece by piece, each in a packet of its own as far as the system lets it. */
async function inPieces(exchange: Exchange, bytes: Buffer, cuts: (at: number) => boolean): Promise<void> {
  exchange.response.socket?.setNoDelay(true);
  let from = 0;
  for (let at = 1; at <= bytes.length; at += 1) {
    if (at < bytes.length && !cuts(at)) continue;
    exchange.response.write(bytes.subarray(from, at));
    from = at;
    // Each write is a chunk of its own; to wait after each would take the time of the others.
    if (at % 16 === 0) await new Promise(setImmediate);
  }
}

const overload = (isAnthropic: boolean): string =>
  `${isAnthropic ? 'event: error\n' : ''}data: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'secret words' } })}\n\n`;

/** Anthropic: a block begins before the one before it. OpenAI: text comes after the end, and no other end. */
async function disorder(exchange: Exchange): Promise<void> {
  const { start, tokens, end } = eventsOf(exchange.isAnthropic);
  if (!exchange.isAnthropic || !exchange.isStream) return await stream(exchange, [...start, ...tokens.slice(0, -1), end[0] ?? '', ...tokens.slice(-1)]);
  const block = (index: number): string => messageEvent('content_block_start', { index, content_block: { type: 'text', text: '' } });
  const delta = (index: number): string => messageEvent('content_block_delta', { index, delta: { type: 'text_delta', text: 'a' } });
  const stop = (index: number): string => messageEvent('content_block_stop', { index });
  open(exchange);
  exchange.response.write([start[0] ?? '', block(0), delta(0), stop(0)].join(''));
  await pause(20);
  exchange.response.end([block(2), delta(2), stop(2), block(1), delta(1), stop(1), ...end.slice(1)].join(''));
  return undefined;
}

/** A stream of responses that ends so. */
function responseEvents(end: 'completed' | 'failed'): readonly string[] {
  const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const response = { id: 'r', object: 'response', status: 'in_progress', output: [] };
  const error = end === 'failed' ? { error: { code: 'server_error', message: 'secret words' } } : {};
  return [
    event('response.created', { response }),
    event('response.in_progress', { response }),
    ...(end === 'completed' ? [event('response.output_text.delta', { item_id: 'i', output_index: 0, content_index: 0, delta: 'whole' })] : []),
    event(`response.${end}`, { response: { ...response, status: end, usage: { input_tokens: 7, output_tokens: 11 }, ...error } }),
  ];
}

const REPLIES: Readonly<Record<string, Fault>> = {
  ok: (exchange) => answer(exchange),
  named: (exchange) => answer(exchange, undefined, exchange.model),
  'no-prefill': (exchange) => (exchange.hasPrefill ? fail(exchange, 400, 'invalid_request_error', 'prefill_not_supported') : answer(exchange)),
  'retry-after': (exchange) => (exchange.count === 1 ? limited(exchange, { 'retry-after': '1' }) : answer(exchange)),
  'retry-date': (exchange) => (exchange.count === 1 ? limited(exchange, { 'retry-after': new Date(Date.now() + 1900).toUTCString() }) : answer(exchange)),
  'long-wait': (exchange) => limited(exchange, { 'retry-after': '3600' }),
  busy: (exchange) => limited(exchange),
  overloaded: (exchange) => fail(exchange, 529, 'overloaded_error', 'overloaded'),
  'fail-once': (exchange) => (exchange.count === 1 ? fail(exchange, 500, 'api_error', 'server_error') : answer(exchange)),
  down: (exchange) => fail(exchange, 503, 'api_error', 'unavailable'),
  outage: (exchange) => (exchange.sinceFirstMs < OUTAGE_MS ? fail(exchange, 503, 'api_error', 'unavailable') : answer(exchange)),
  context: (exchange) =>
    fail(exchange, 400, 'invalid_request_error', exchange.isAnthropic ? 'prompt is too long: 212345 tokens > 200000 maximum' : 'context_length_exceeded'),
  filter: (exchange) => fail(exchange, 400, exchange.isAnthropic ? 'content_filter' : 'invalid_request_error', 'content_filter'),
  'bad-key': (exchange) => fail(exchange, 401, 'authentication_error', 'invalid_api_key'),
  redirect: ({ response }) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
};

const CONNECTIONS: Readonly<Record<string, Fault>> = {
  reset: ({ response }) => void response.destroy(),
  'reset-once': (exchange) => (exchange.count === 1 ? void exchange.response.destroy() : answer(exchange)),
  /** Every other request finds that the connection it came on, used before, was given up at that moment. */
  stale: (exchange) => (exchange.count % 2 === 0 && exchange.countOnConnection > 1 ? void exchange.response.destroy() : answer(exchange)),
  silent: () => undefined,
  'slow-first': slowFirst,
  cut(exchange) {
    half(exchange);
    void pause(20).then(() => exchange.response.destroy());
  },
  stall: half,
  trickle,
  flood: (exchange) => flood(exchange, 'The '),
  'flood-100mb': (exchange) => flood(exchange, 'many '.repeat(5000), 100_000_000),
};

const BODIES: Readonly<Record<string, Fault>> = {
  async malformed(exchange) {
    if (exchange.isStream) half(exchange);
    else open(exchange);
    await pause(20);
    exchange.response.end(exchange.isStream ? 'data: {"choices": [nonsense\n\n' : '{"choices": [nonsense');
  },
  async 'in-band'(exchange) {
    if (!exchange.isStream) {
      open(exchange);
      exchange.response.end(JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'secret words' } }));
      return;
    }
    half(exchange);
    await pause(20);
    exchange.response.end(overload(exchange.isAnthropic));
  },
  /** What opens a stream, then the error: nothing of an answer. */
  'in-band-first': (exchange) => stream(exchange, [...eventsOf(exchange.isAnthropic).start, overload(exchange.isAnthropic)]),
  async 'no-end'(exchange) {
    if (exchange.isStream) half(exchange);
    else open(exchange);
    await pause(20);
    exchange.response.end(exchange.isStream ? undefined : plainAnswer(exchange.isAnthropic).replace(/"(stop|finish)_reason":"\w+"/, '"$1_reason":null'));
  },
  /** Without the dialect's last event: `[DONE]`, `message_stop`. */
  'no-done'(exchange) {
    const { start, tokens, end } = eventsOf(exchange.isAnthropic);
    return stream(exchange, [...start, ...tokens, ...end.slice(0, -1)]);
  },
  disorder,
  /** Every chunk with text twice, as a proxy that resends. */
  twice(exchange) {
    const { start, tokens, end } = eventsOf(exchange.isAnthropic);
    return stream(exchange, [...start, ...tokens.flatMap((token) => [token, token]), ...end]);
  },
  /** What opens a message twice. */
  'start-twice'(exchange) {
    const { start, tokens, end } = eventsOf(exchange.isAnthropic);
    return stream(exchange, [...start, ...start, ...tokens, ...end]);
  },
  /** Refuses in the first chunk, without any text. */
  'refused-stream': (exchange) =>
    stream(exchange, [...eventsOf(exchange.isAnthropic).start, chunkEvent({ refusal: 'no' }, 'content_filter'), 'data: [DONE]\n\n']),
  /** In the format of responses: it begins, and tells that it failed. */
  'responses-failed': (exchange) => stream(exchange, responseEvents('failed')),
  'responses-ok': (exchange) => stream(exchange, responseEvents('completed')),
  gzip: ({ response }) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  'gzip-whole'({ response, isAnthropic, isStream }) {
    const { start, tokens, end } = eventsOf(isAnthropic);
    response
      .writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(isStream ? [...start, ...tokens, ...end].join('') : plainAnswer(isAnthropic)));
  },
  huge(exchange) {
    open(exchange);
    exchange.response.end(Buffer.alloc(21_000_000, 0x20));
  },
  bytewise: (exchange) => answer(exchange, (bytes) => inPieces(exchange, bytes, () => true)),
  /** Cut within every character that has more than one byte. */
  'split-characters': (exchange) => answer(exchange, (bytes) => inPieces(exchange, bytes, (at) => ((bytes[at] ?? 0) & 0xc0) === 0x80)),
};

/** Every fault by its name. */
export const FAULTS: Readonly<Record<string, Fault>> = { ...REPLIES, ...CONNECTIONS, ...BODIES };
