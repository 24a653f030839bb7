/**
 * A model that always does the same: it asks for one tool, and once it has the result it says so. Speaks the
 * Messages API as its clients need it: server-sent events in their true form, or JSON.
 *
 * @see https://docs.claude.com/en/api/messages-streaming
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isObject, type JsonObject } from '../../../src/core/json.ts';

/** What the model asks for. */
export interface ToolWish {
  readonly name: string;
  readonly input: JsonObject;
}

export interface MessagesApiStub {
  readonly url: string;
  /** Names of tools that were offered, of all requests. */
  readonly offered: ReadonlySet<string>;
  /** The tool_result blocks that came back, in order. */
  readonly results: readonly JsonObject[];
  /** Method and path of every request. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const TOOL_USE_ID = 'toolu_01';
export const FINAL_TEXT = 'The tool has answered.';

/** Starts the stub on a free port of the loopback address. */
export async function startMessagesApi(wish: ToolWish): Promise<MessagesApiStub> {
  const [offered, results, requests] = [new Set<string>(), [] as JsonObject[], [] as string[]];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const path = new URL(request.url ?? '/', 'http://stub').pathname;
    requests.push(`${request.method ?? ''} ${path}`);
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'HEAD' ? 200 : 404).end();
      return;
    }
    if (path.endsWith('/count_tokens')) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"input_tokens":10}');
      return;
    }
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (!isObject(body)) throw new Error('no object');
    const tools = blocksOf(body['tools']).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
    for (const name of tools) offered.add(name);
    const found = blocksOf(body['messages'])
      .flatMap(({ content }) => blocksOf(content))
      .filter(({ type, tool_use_id: id }) => type === 'tool_result' && id === TOOL_USE_ID);
    results.push(...found.slice(0, 1));
    // Further requests (a title for the session) are not ours to answer with a tool.
    const content =
      found.length === 0 && tools.includes(wish.name)
        ? { type: 'tool_use', id: TOOL_USE_ID, name: wish.name, input: wish.input }
        : { type: 'text', text: FINAL_TEXT };
    if (body['stream'] === true) stream(response, String(body['model']), content);
    else
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ ...message(String(body['model'])), content: [content], stop_reason: stopReason(content) }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    offered,
    results,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const blocksOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const stopReason = ({ type }: { readonly type: string }): string => (type === 'tool_use' ? 'tool_use' : 'end_turn');
const message = (model: string): JsonObject => ({
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 1 },
});

type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: string; readonly id: string; readonly name: string; readonly input: JsonObject };

function stream(response: ServerResponse, model: string, content: Content | { readonly type: string; readonly text: string }): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' });
  const send = (type: string, fields: JsonObject): void => void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  send('message_start', { message: message(model) });
  const isText = 'text' in content;
  send('content_block_start', {
    index: 0,
    content_block: isText ? { type: 'text', text: '' } : { type: 'tool_use', id: content.id, name: content.name, input: {} },
  });
  send('ping', {});
  const whole = isText ? content.text : JSON.stringify(content.input);
  for (const piece of [whole.slice(0, 7), whole.slice(7)]) {
    send('content_block_delta', { index: 0, delta: isText ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece } });
  }
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: stopReason(content), stop_sequence: null }, usage: { output_tokens: 20 } });
  send('message_stop', {});
  response.end();
}
