/** One vendor that thinks: it speaks the wires of OpenAI, Anthropic and Google, refuses what they refuse, and fails when it is asked to. */
import { isObject, type JsonObject } from '../../../../src/core/json.ts';
import { JSON_HEADERS, startVendor, STREAM_HEADERS, type Vendor, type VendorAnswer, type VendorRequest } from '../vendor.ts';
import { readChat, streamChat, writeChat } from './chat.ts';
import { FAILURES, type Wire } from './failures.ts';
import { readGemini, streamGemini, writeGemini } from './gemini.ts';
import { readMessages, streamMessage, writeMessage } from './messages.ts';
import { faultIn, objectIn, objectsIn, Refusal, stringIn, textsIn, think, TOKENS, vectorOf, type Asked, type Said } from './mind.ts';
import { readResponses, streamResponse, writeResponse } from './responses.ts';

export const VENDOR_KEY = 'the-key-of-the-vendor';

export interface ThinkingVendorOptions {
  /** Does not fail when it is asked to. */
  readonly isSteady?: boolean;
}

/** How one route reads and writes. */
interface Route {
  readonly wire: Wire;
  read(body: JsonObject): Asked;
  write(model: string, said: Said): string;
  stream(model: string, said: Said, body: JsonObject): string[];
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/chat/completions': { wire: 'openai', read: readChat, write: writeChat, stream: streamChat },
  '/v1/responses': { wire: 'openai', read: readResponses, write: writeResponse, stream: streamResponse },
  '/v1/messages': { wire: 'anthropic', read: (body) => readMessages(body, false), write: writeMessage, stream: streamMessage },
  generateContent: { wire: 'gemini', read: readGemini, write: writeGemini, stream: streamGemini },
};
const json = (body: unknown): VendorAnswer => ({ headers: JSON_HEADERS, body: typeof body === 'string' ? body : JSON.stringify(body) });

/** Listens on a free port of loopback. */
export async function startThinkingVendor({ isSteady = false }: ThinkingVendorOptions = {}): Promise<Vendor> {
  return await startVendor((request) => {
    const { pathname } = new URL(request.path, 'http://vendor');
    const [, model = '', verb = ''] = /^\/v1beta\/models\/([^:]+):(\w+)$/.exec(pathname) ?? [];
    const wire: Wire = verb !== '' ? 'gemini' : pathname.startsWith('/v1/messages') ? 'anthropic' : 'openai';
    if (!hasKey(request, wire)) return FAILURES[wire].key;
    const body: unknown = JSON.parse(request.body.toString());
    if (!isObject(body)) return FAILURES[wire].refusal('no object');
    const named = model === '' ? stringIn(body['model']) : model;
    try {
      return count(pathname, verb, body) ?? embed(pathname, verb, body) ?? generate({ pathname, verb, body, model: named, isSteady, wire });
    } catch (thrown) {
      if (thrown instanceof Refusal) return FAILURES[wire].refusal(thrown.message);
      throw thrown;
    }
  });
}

interface Generation {
  readonly pathname: string;
  readonly verb: string;
  readonly body: JsonObject;
  readonly model: string;
  readonly isSteady: boolean;
  readonly wire: Wire;
}

function generate({ pathname, verb, body, model, isSteady, wire }: Generation): VendorAnswer {
  const route = ROUTES[verb === 'streamGenerateContent' ? 'generateContent' : verb === '' ? pathname : verb];
  if (!route) return { status: 404, ...json({}) };
  const asked = route.read(body);
  const fault = isSteady ? undefined : faultIn(asked.text);
  const isStream = body['stream'] === true || verb === 'streamGenerateContent';
  if (fault !== undefined && fault !== 'cut') return failure(FAILURES[wire][fault], isStream);
  const said = think(asked);
  if (!isStream) return fault === 'cut' ? { ...json(route.write(model, said).slice(0, 60)), withholds: 'rest' } : json(route.write(model, said));
  const events = route.stream(model, said, body);
  if (fault === 'cut') return { headers: STREAM_HEADERS, body: events.slice(0, -3).join(''), withholds: 'rest' };
  return { headers: STREAM_HEADERS, body: events.join('') };
}

/** A failure with status 200 is an event where a stream was asked for. */
function failure(answer: VendorAnswer, isStream: boolean): VendorAnswer {
  return answer.status === undefined && isStream ? { headers: STREAM_HEADERS, body: `data: ${String(answer.body)}\r\n\r\n` } : answer;
}

function count(pathname: string, verb: string, body: JsonObject): VendorAnswer | undefined {
  if (pathname === '/v1/messages/count_tokens') {
    readMessages(body, true);
    return json({ input_tokens: TOKENS.input });
  }
  if (pathname === '/v1/responses/input_tokens') return json({ object: 'response.input_tokens', input_tokens: TOKENS.input });
  return verb === 'countTokens' ? json({ totalTokens: TOKENS.input }) : undefined;
}

function embed(pathname: string, verb: string, body: JsonObject): VendorAnswer | undefined {
  if (pathname === '/v1/embeddings') {
    const { input, encoding_format: format } = body;
    const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
    const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: encodeVector(vectorOf(stringIn(text)), format) }));
    return json({ object: 'list', data, model: body['model'], usage: { prompt_tokens: TOKENS.input, total_tokens: TOKENS.input } });
  }
  const vector = (request: JsonObject): JsonObject => ({ values: vectorOf(textsIn(objectIn(request['content'])['parts'])) });
  if (verb === 'embedContent') return json({ embedding: vector(body) });
  return verb === 'batchEmbedContents' ? json({ embeddings: objectsIn(body['requests']).map(vector) }) : undefined;
}

const encodeVector = (vector: readonly number[], format: unknown): unknown =>
  format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;

function hasKey({ headers }: VendorRequest, wire: Wire): boolean {
  if (wire === 'openai') return headers.authorization === `Bearer ${VENDOR_KEY}`;
  return headers[wire === 'anthropic' ? 'x-api-key' : 'x-goog-api-key'] === VENDOR_KEY;
}
