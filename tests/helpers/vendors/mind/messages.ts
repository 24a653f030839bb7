/** Anthropic's messages in front of a mind. */
import type { JsonObject } from '../../../../src/core/json.ts';
import { demand, numberIn, objectIn, objectsIn, piecesOf, stringIn, textsIn, TOKENS, type Asked, type Said, type Saying } from './mind.ts';

const STOP = { end: 'end_turn', tools: 'tool_use', length: 'max_tokens' } as const;
const SIGNATURE = 'c2lnbmF0dXJlIG9mIGEgdGhvdWdodA==';
/** Here the input does not hold what the cache gave. */
const INPUT_USAGE = { input_tokens: TOKENS.input - TOKENS.cached, cache_creation_input_tokens: 0, cache_read_input_tokens: TOKENS.cached };

/** @param isCount counts need no limit of the answer */
export function readMessages(body: JsonObject, isCount: boolean): Asked {
  const messages = objectsIn(body['messages']);
  const maxTokens = numberIn(body['max_tokens']);
  demand(messages[0]?.['role'] === 'user', 'messages: first message must use the "user" role');
  demand(isCount || maxTokens !== undefined, 'max_tokens: Field required');
  checkThinking(body, messages, maxTokens ?? Infinity);
  checkResults(messages);
  const blocks = messages.filter(({ role }) => role === 'user').flatMap(({ content }) => objectsIn(content));
  const spoken = messages.findLast(({ role, content }) => role === 'user' && textsIn(content) !== '');
  const format = objectIn(objectIn(body['output_config'])['format']);
  return {
    text: textsIn(spoken?.['content']),
    system: textsIn(body['system']),
    tools:
      objectIn(body['tool_choice'])['type'] === 'none'
        ? []
        : objectsIn(body['tools']).map(({ name, input_schema: schema }) => ({ name: stringIn(name), schema: objectIn(schema) })),
    results: blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => textsIn(content)),
    images: blocks.filter(({ type }) => type === 'image').map(({ source }) => Buffer.from(stringIn(objectIn(source)['data']), 'base64')),
    schema: format['type'] === 'json_schema' ? objectIn(format['schema']) : undefined,
    mustCall: objectIn(body['tool_choice'])['type'] === 'any' || stringIn(objectIn(body['tool_choice'])['name']) || false,
    isThinking: isThinking(body),
    maxTokens,
  };
}

const isThinking = (body: JsonObject): boolean => ['enabled', 'adaptive'].includes(stringIn(objectIn(body['thinking'])['type']));

function checkThinking(body: JsonObject, messages: readonly JsonObject[], maxTokens: number): void {
  const budget = numberIn(objectIn(body['thinking'])['budget_tokens']) ?? 1024;
  demand(!isThinking(body) || (budget >= 1024 && budget < maxTokens), 'max_tokens must be greater than thinking.budget_tokens');
  const thoughts = messages.flatMap(({ content }) => objectsIn(content)).filter(({ type }) => type === 'thinking');
  demand(
    thoughts.every(({ signature }) => signature === SIGNATURE),
    'Invalid `signature` in `thinking` block',
  );
}

/** The turn after one with calls begins with a result for each of them. */
function checkResults(messages: readonly JsonObject[]): void {
  for (const [index, { content }] of messages.entries()) {
    const called = objectsIn(content)
      .filter(({ type }) => type === 'tool_use')
      .map(({ id }) => stringIn(id));
    const next = objectsIn(messages[index + 1]?.['content']).slice(0, called.length);
    const answered = next.map((block) => (block['type'] === 'tool_result' ? stringIn(block['tool_use_id']) : ''));
    demand(
      called.every((id) => answered.includes(id)),
      '`tool_use` ids were found without `tool_result` blocks immediately after',
    );
    const before = objectsIn(messages[index - 1]?.['content']).map(({ id }) => id);
    const results = objectsIn(content).filter(({ type }) => type === 'tool_result');
    demand(
      results.every(({ tool_use_id: id }) => before.includes(id)),
      'unexpected `tool_use_id` found in `tool_result` blocks',
    );
  }
}

function blockOf(saying: Saying): JsonObject {
  switch (saying.type) {
    case 'thinking':
      return { type: 'thinking', thinking: saying.text, signature: SIGNATURE };
    case 'text':
      return { type: 'text', text: saying.text };
    case 'call':
      return { type: 'tool_use', id: `toolu_${saying.id}`, name: saying.name, input: saying.input };
  }
}

const message = (model: string, rest: JsonObject): JsonObject => ({ id: 'msg_1', type: 'message', role: 'assistant', model, ...rest });

export function writeMessage(model: string, said: Said): string {
  return JSON.stringify(
    message(model, {
      content: said.sayings.map(blockOf),
      stop_reason: STOP[said.stop],
      stop_sequence: null,
      usage: { ...INPUT_USAGE, output_tokens: TOKENS.output },
    }),
  );
}

const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

export function streamMessage(model: string, said: Said): string[] {
  return [
    event('message_start', { message: message(model, { content: [], stop_reason: null, stop_sequence: null, usage: { ...INPUT_USAGE, output_tokens: 1 } }) }),
    event('ping', {}),
    ...said.sayings.flatMap(streamBlock),
    event('message_delta', { delta: { stop_reason: STOP[said.stop], stop_sequence: null }, usage: { output_tokens: TOKENS.output } }),
    event('message_stop', {}),
  ];
}

const EMPTY = { thinking: { thinking: '', signature: '' }, text: { text: '' }, call: { input: {} } };

function streamBlock(saying: Saying, index: number): string[] {
  const delta = (rest: object): string => event('content_block_delta', { index, delta: rest });
  const deltas = {
    thinking: (text: string) => delta({ type: 'thinking_delta', thinking: text }),
    text: (text: string) => delta({ type: 'text_delta', text }),
    call: (text: string) => delta({ type: 'input_json_delta', partial_json: text }),
  };
  return [
    event('content_block_start', { index, content_block: { ...blockOf(saying), ...EMPTY[saying.type] } }),
    ...piecesOf(saying.type === 'call' ? JSON.stringify(saying.input) : saying.text).map(deltas[saying.type]),
    ...(saying.type === 'thinking' ? [delta({ type: 'signature_delta', signature: SIGNATURE })] : []),
    event('content_block_stop', { index }),
  ];
}
