/** One vendor that speaks every dialect with fixed answers: the path says which. */
import type { JsonObject } from '../../../src/core/json.ts';
import { JSON_HEADERS, startVendor, STREAM_HEADERS, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.ts';

const json = (body: unknown): VendorAnswer => ({ headers: JSON_HEADERS, body: typeof body === 'string' ? body : JSON.stringify(body) });
const events = (...list: readonly JsonObject[]): string =>
  list.map((event) => `${typeof event['type'] === 'string' ? `event: ${event['type']}\n` : ''}data: ${JSON.stringify(event)}\n\n`).join('');

/** With what only bytes keep. */
export const RESPONSE =
  '{"id":"resp_1", "object":"response","status":"completed","big":12345678901234567890,"error":null,"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hellö","annotations":[]}]}],"usage":{"input_tokens":7,"output_tokens":11,"total_tokens":18}}';
const TEXT_PLACE = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const [MESSAGE_ITEM] = (JSON.parse(RESPONSE) as { output: JsonObject[] }).output;
/** Every event that the vendor sends: its client refuses a delta whose part did not begin. */
export const RESPONSE_STREAM: string = events(
  ...[
    { type: 'response.created', response: { ...(JSON.parse(RESPONSE) as JsonObject), status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...MESSAGE_ITEM, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...TEXT_PLACE, part: { type: 'output_text', text: '', annotations: [] } },
    { type: 'response.output_text.delta', ...TEXT_PLACE, delta: 'Hel' },
    { type: 'response.output_text.delta', ...TEXT_PLACE, delta: 'lö' },
    { type: 'response.output_text.done', ...TEXT_PLACE, text: 'Hellö' },
    { type: 'response.content_part.done', ...TEXT_PLACE, part: { type: 'output_text', text: 'Hellö', annotations: [] } },
    { type: 'response.output_item.done', output_index: 0, item: MESSAGE_ITEM },
    { type: 'response.completed', response: JSON.parse(RESPONSE) as JsonObject },
  ].map((event, index) => ({ ...event, sequence_number: index })),
);
export const GEMINI =
  '{"candidates": [{"index":0,"content":{"role":"model","parts":[{"text":"Hellö"}]},"finishReason":"STOP"}],"big":12345678901234567890,"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":11,"totalTokenCount":18},"responseId":"g1"}';
export const GEMINI_STREAM: string = events(
  { candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hel' }] } }], responseId: 'g1' },
  {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'lö' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 11, totalTokenCount: 18 },
  },
);
const CHAT = {
  id: 'c1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hellö' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 11, total_tokens: 18 },
};
const CHAT_STREAM = `${events(
  { id: 'c1', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, finish_reason: null }] },
  { id: 'c1', choices: [{ index: 0, delta: { content: 'lö' }, finish_reason: 'stop' }] },
  { id: 'c1', choices: [], usage: { prompt_tokens: 7, completion_tokens: 11 } },
)}data: [DONE]\n\n`;
const MESSAGE = {
  id: 'msg_a',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'Hellö' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 7, output_tokens: 11 },
};
const MESSAGE_STREAM = events(
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lö' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 11 } },
  { type: 'message_stop' },
);
const PLAIN: Readonly<Record<string, unknown>> = {
  '/v1/chat/completions': CHAT,
  '/v1/responses': RESPONSE,
  '/v1/responses/input_tokens': { object: 'response.input_tokens', input_tokens: 14 },
  '/v1/messages': MESSAGE,
  '/v1/messages/count_tokens': { input_tokens: 15 },
};
const STREAMED: Readonly<Record<string, string>> = { '/v1/chat/completions': CHAT_STREAM, '/v1/responses': RESPONSE_STREAM, '/v1/messages': MESSAGE_STREAM };

function serve({ path, body }: VendorRequest): VendorAnswer {
  const sent = body.toString();
  const verb = /:(\w+)/.exec(path)?.[1];
  if (path === '/v1/embeddings')
    return json({
      object: 'list',
      data: vectorsFor(sent, 'input').map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  if (verb === 'generateContent') return json(GEMINI);
  if (verb === 'streamGenerateContent') return { headers: STREAM_HEADERS, body: GEMINI_STREAM };
  if (verb === 'countTokens') return json({ totalTokens: 16 });
  if (verb === 'embedContent') return json({ embedding: { values: [0.5, -2] } });
  if (verb === 'batchEmbedContents') return json({ embeddings: vectorsFor(sent, 'requests').map((values) => ({ values })) });
  const stream = STREAMED[path];
  if (stream !== undefined && /"stream": ?true/.test(sent)) return { headers: STREAM_HEADERS, body: stream };
  return PLAIN[path] === undefined ? { status: 404, body: '{}' } : json(PLAIN[path]);
}

function vectorsFor(sent: string, member: string): readonly (readonly number[])[] {
  const { [member]: list } = JSON.parse(sent) as Record<string, unknown>;
  return (Array.isArray(list) ? list : [list]).map((_, index) => [0.5 + index, -2]);
}

/** Listens on a free port of loopback. */
export const startEveryDialect = (): Promise<Vendor> => startVendor(serve);
