/** OpenAI's chat completions in front of a mind. */
import type { JsonObject } from '../../../../src/core/json.ts';
import { bytesOfDataUrl, demand, numberIn, objectIn, objectsIn, piecesOf, stringIn, textsIn, TOKENS, type Asked, type Said } from './mind.ts';

const USAGE = {
  prompt_tokens: TOKENS.input,
  completion_tokens: TOKENS.output,
  total_tokens: TOKENS.input + TOKENS.output,
  prompt_tokens_details: { cached_tokens: TOKENS.cached },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const FINISH = { end: 'stop', tools: 'tool_calls', length: 'length' } as const;

export function readChat(body: JsonObject): Asked {
  const messages = objectsIn(body['messages']);
  demand(messages.length > 0, "Invalid 'messages': empty array.");
  checkResults(messages);
  const users = messages.filter(({ role }) => role === 'user');
  const parts = users.flatMap(({ content }) => objectsIn(content));
  const format = objectIn(body['response_format']);
  const schema = objectIn(format['json_schema'])['schema'];
  return {
    text: textsIn(users.at(-1)?.['content']),
    system: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(({ content }) => textsIn(content))
      .join('\n'),
    tools:
      body['tool_choice'] === 'none'
        ? []
        : objectsIn(body['tools']).map((tool) => ({
            name: stringIn(objectIn(tool['function'])['name']),
            schema: objectIn(objectIn(tool['function'])['parameters']),
          })),
    results: messages.filter(({ role }) => role === 'tool').map(({ content }) => textsIn(content)),
    images: parts.filter(({ type }) => type === 'image_url').map(({ image_url: image }) => bytesOfDataUrl(objectIn(image)['url'])),
    schema: schema === undefined ? undefined : objectIn(schema),
    mustCall: body['tool_choice'] === 'required' || stringIn(objectIn(objectIn(body['tool_choice'])['function'])['name']) || false,
    // This wire shows no thoughts.
    isThinking: false,
    maxTokens: numberIn(body['max_completion_tokens']) ?? numberIn(body['max_tokens']),
  };
}

/** Every call of a turn is answered right after it, and nothing else is. */
function checkResults(messages: readonly JsonObject[]): void {
  let open = new Set<string>();
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === 'tool') {
      demand(open.delete(stringIn(id)), "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.");
      continue;
    }
    demand(open.size === 0, "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.");
    open = new Set(objectsIn(calls).map((call) => stringIn(call['id'])));
  }
  demand(open.size === 0, "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.");
}

const base = (model: string, object: string): JsonObject => ({
  id: 'chatcmpl-1',
  object,
  created: 1_790_000_000,
  model,
  service_tier: 'default',
  system_fingerprint: 'fp_1',
});
const textOf = ({ sayings }: Said): string => sayings.map((saying) => (saying.type === 'text' ? saying.text : '')).join('');
const callsOf = ({ sayings }: Said): readonly JsonObject[] =>
  sayings.flatMap((saying) =>
    saying.type === 'call' ? [{ id: saying.id, type: 'function', function: { name: saying.name, arguments: JSON.stringify(saying.input) } }] : [],
  );

export function writeChat(model: string, said: Said): string {
  const calls = callsOf(said);
  const content = textOf(said) === '' ? null : textOf(said);
  const message = { role: 'assistant', content, refusal: null, annotations: [], ...(calls.length > 0 ? { tool_calls: calls } : {}) };
  return JSON.stringify({
    ...base(model, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH[said.stop] }],
    usage: USAGE,
  });
}

export function streamChat(model: string, said: Said, body: JsonObject): string[] {
  const asksUsage = objectIn(body['stream_options'])['include_usage'] === true;
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ ...base(model, 'chat.completion.chunk'), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...(asksUsage ? { usage: null } : {}) })}\n\n`;
  const calls = callsOf(said).flatMap((call, index) => {
    const { name, arguments: input } = call['function'] as { name: string; arguments: string };
    return [
      chunk({ tool_calls: [{ index, id: call['id'], type: 'function', function: { name, arguments: '' } }] }),
      ...piecesOf(input).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
  return [
    chunk({ role: 'assistant', content: calls.length > 0 && textOf(said) === '' ? null : '', refusal: null }),
    ...piecesOf(textOf(said)).map((content) => chunk({ content })),
    ...calls,
    chunk({}, FINISH[said.stop]),
    ...(asksUsage ? [`data: ${JSON.stringify({ ...base(model, 'chat.completion.chunk'), choices: [], usage: USAGE })}\n\n`] : []),
    'data: [DONE]\n\n',
  ];
}
