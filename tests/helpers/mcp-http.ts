/** Raw requests to an MCP endpoint: every header and byte is the test's own. */
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { ALICE } from './mcp-gateway.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, or the last message of an event stream. */
  readonly json: JsonObject;
  readonly events: readonly StreamEvent[];
}

/** The result in an answer; empty where there is none. */
export const resultOf = ({ json }: Pick<RawAnswer, 'json'>): JsonObject => (isObject(json['result']) ? json['result'] : {});
/** The JSON-RPC error in an answer; empty where there is none. */
export const errorOf = ({ json }: Pick<RawAnswer, 'json'>): JsonObject => (isObject(json['error']) ? json['error'] : {});

export interface StreamEvent {
  readonly id?: string | undefined;
  readonly retry?: number | undefined;
  readonly data: string;
}

export interface RawOptions {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

export const MODERN_META: JsonObject = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

function open(url: string, { method = 'POST', token = ALICE, headers = {} }: RawOptions): ClientRequest {
  return send(url, {
    method,
    agent: false,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(method === 'POST' ? { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' } : { Accept: 'text/event-stream' }),
      ...headers,
    },
  });
}

/** Sends the body and reads the whole answer. */
export function raw(url: string, body: string | Buffer | JsonObject | readonly unknown[] | undefined, options: RawOptions = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = open(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve(toAnswer(response, Buffer.concat(pieces).toString('utf8'))));
    });
    request.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : body === undefined ? undefined : JSON.stringify(body));
  });
}

function toAnswer(response: IncomingMessage, text: string): RawAnswer {
  const isStream = response.headers['content-type'] === 'text/event-stream';
  const events = isStream ? parseEvents(text) : [];
  const last = isStream ? events.findLast(({ data }) => data !== '')?.data : text;
  let json: JsonObject = {};
  try {
    json = JSON.parse(last ?? '{}') as JsonObject;
  } catch {
    // Some answers have no JSON; the test looks at the text then.
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text, json, events };
}

export function parseEvents(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((block) => /^(?:id|data|retry|event):/m.test(block))
    .map((block) => {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const retry = field('retry');
      return { id: field('id'), retry: retry === undefined ? undefined : Number(retry), data: field('data') ?? '' };
    });
}

/** A modern request with all its headers. */
export function modern(url: string, method: string, params: JsonObject = {}, options: RawOptions = {}): Promise<RawAnswer> {
  return raw(url, modernBody(method, params), { ...options, headers: { ...modernHeaders(method, params), ...options.headers } });
}

export function modernBody(method: string, params: JsonObject = {}, id: string | number = 1): JsonObject {
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...MODERN_META, ...(params['_meta'] as JsonObject | undefined) } } };
}

export function modernHeaders(method: string, params: JsonObject = {}): Record<string, string> {
  const name = params['name'] ?? params['uri'] ?? params['taskId'];
  return { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method, ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}) };
}

/** A legacy request. */
export function legacy(
  url: string,
  method: string,
  params: JsonObject = {},
  options: RawOptions & { readonly session?: string; readonly id?: string | number } = {},
): Promise<RawAnswer> {
  const { session, id = 1, headers = {} } = options;
  return raw(
    url,
    { jsonrpc: '2.0', id, method, params },
    { ...options, headers: { ...(session === undefined ? {} : { 'Mcp-Session-Id': session }), ...headers } },
  );
}

/** Initializes a session and returns its id. */
export async function openSession(
  url: string,
  { token = ALICE, version = '2025-11-25', capabilities = {} }: { token?: string; version?: string; capabilities?: JsonObject } = {},
): Promise<string> {
  const { headers, status, text } = await legacy(
    url,
    'initialize',
    { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1' } },
    { token },
  );
  const session = headers['mcp-session-id'];
  if (status !== 200 || typeof session !== 'string') throw new Error(`no session: ${status} ${text}`);
  await raw(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { token, headers: { 'Mcp-Session-Id': session } });
  return session;
}

/** An answer that is still being sent. */
export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Events so far, in order. */
  readonly events: () => StreamEvent[];
  /** Messages so far. */
  readonly messages: () => JsonObject[];
  /** Everything so far, comments included. */
  readonly text: () => string;
  readonly ended: Promise<void>;
  /** Breaks the connection. */
  cut(): void;
}

/** Sends the body and returns as soon as the answer begins. */
export function stream(url: string, body: JsonObject | undefined, options: RawOptions = {}): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const request = open(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', () => undefined);
      const ended = new Promise<void>((done) => response.on('close', () => done()));
      const events = (): StreamEvent[] => parseEvents(text);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        ended,
        messages: () =>
          events()
            .filter(({ data }) => data !== '')
            .map(({ data }) => JSON.parse(data) as JsonObject),
        text: () => text,
        cut: () => request.destroy(),
      });
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
