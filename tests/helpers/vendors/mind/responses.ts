/** OpenAI's responses in front of a mind. */
import type { JsonObject } from '../../../../src/core/json.ts';
import {
  bytesOfDataUrl,
  demand,
  numberIn,
  objectIn,
  objectsIn,
  piecesOf,
  stringIn,
  textsIn,
  TOKENS,
  type Asked,
  type OfferedTool,
  type Said,
  type Saying,
} from './mind.ts';

const USAGE = {
  input_tokens: TOKENS.input,
  input_tokens_details: { cached_tokens: TOKENS.cached },
  output_tokens: TOKENS.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: TOKENS.input + TOKENS.output,
};

export function readResponses(body: JsonObject): Asked {
  const { input } = body;
  const items = typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : objectsIn(input);
  demand(items.length > 0, "Missing required parameter: 'input'.");
  const calls = new Set(items.filter(({ type }) => type === 'function_call').map((item) => stringIn(item['call_id'])));
  const results = items.filter(({ type }) => type === 'function_call_output');
  for (const result of results)
    demand(calls.has(stringIn(result['call_id'])), `No tool call found for function call output with call_id ${stringIn(result['call_id'])}.`);
  demand(calls.size === results.length, 'No tool output found for a function call.');
  const users = items.filter(({ role }) => role === 'user');
  const schema = objectIn(objectIn(body['text'])['format'])['schema'];
  const instructions = items.filter(({ role }) => role === 'system' || role === 'developer').map(({ content }: JsonObject) => textsIn(content));
  return {
    text: textsIn(users.at(-1)?.['content']),
    system: [stringIn(body['instructions']), ...instructions].filter((text) => text !== '').join('\n'),
    tools: body['tool_choice'] === 'none' ? [] : toolsIn(body['tools']),
    results: results.map(({ output }) => textsIn(output)),
    images: users
      .flatMap(({ content }) => objectsIn(content))
      .filter(({ type }) => type === 'input_image')
      .map(({ image_url: url }) => bytesOfDataUrl(url)),
    schema: schema === undefined ? undefined : objectIn(schema),
    mustCall: body['tool_choice'] === 'required' || stringIn(objectIn(body['tool_choice'])['name']) || false,
    isThinking: objectIn(body['reasoning'])['summary'] !== undefined,
    maxTokens: numberIn(body['max_output_tokens']),
  };
}

/** Tools of a group are called by its name and theirs. */
function toolsIn(tools: unknown, namespace?: string): OfferedTool[] {
  return objectsIn(tools).flatMap(({ type, name, parameters, tools: grouped }) =>
    type === 'namespace'
      ? toolsIn(grouped, stringIn(name))
      : [{ name: stringIn(name), ...(namespace === undefined ? {} : { namespace }), schema: objectIn(parameters) }],
  );
}

function itemOf(saying: Saying, index: number): JsonObject {
  switch (saying.type) {
    case 'thinking':
      return { id: `rs_${index}`, type: 'reasoning', summary: [{ type: 'summary_text', text: saying.text }] };
    case 'text':
      return {
        id: `msg_${index}`,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', annotations: [], logprobs: [], text: saying.text }],
      };
    case 'call':
      return {
        id: `fc_${index}`,
        type: 'function_call',
        status: 'completed',
        call_id: saying.id,
        name: saying.name,
        ...(saying.namespace === undefined ? {} : { namespace: saying.namespace }),
        arguments: JSON.stringify(saying.input),
      };
  }
}

function responseOf(model: string, said: Said | undefined): JsonObject {
  const isShort = said?.stop === 'length';
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_790_000_000,
    status: said ? (isShort ? 'incomplete' : 'completed') : 'in_progress',
    error: null,
    incomplete_details: isShort ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model,
    output: said ? said.sayings.map(itemOf) : [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: said ? USAGE : null,
  };
}

export const writeResponse = (model: string, said: Said): string => JSON.stringify(responseOf(model, said));

export function streamResponse(model: string, said: Said): string[] {
  let number = 0;
  const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...rest })}\n\n`;
  const started = { response: responseOf(model, undefined) };
  const events = [event('response.created', started), event('response.in_progress', started)];
  for (const [index, saying] of said.sayings.entries()) events.push(...streamItem(event, saying, index));
  events.push(event(said.stop === 'length' ? 'response.incomplete' : 'response.completed', { response: responseOf(model, said) }));
  return events;
}

function streamItem(event: (type: string, rest: object) => string, saying: Saying, index: number): string[] {
  const item = itemOf(saying, index);
  const at = { output_index: index, item_id: item['id'] };
  const added = (empty: JsonObject): string => event('response.output_item.added', { output_index: index, item: { ...item, ...empty } });
  const done = (): string => event('response.output_item.done', { output_index: index, item });
  if (saying.type === 'call') {
    const whole = JSON.stringify(saying.input);
    return [
      added({ arguments: '', status: 'in_progress' }),
      ...piecesOf(whole).map((delta) => event('response.function_call_arguments.delta', { ...at, delta })),
      event('response.function_call_arguments.done', { ...at, arguments: whole }),
      done(),
    ];
  }
  if (saying.type === 'thinking') {
    const place = { ...at, summary_index: 0 };
    return [
      added({ summary: [] }),
      event('response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } }),
      ...piecesOf(saying.text).map((delta) => event('response.reasoning_summary_text.delta', { ...place, delta })),
      event('response.reasoning_summary_text.done', { ...place, text: saying.text }),
      event('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text: saying.text } }),
      done(),
    ];
  }
  const place = { ...at, content_index: 0 };
  const part = { type: 'output_text', annotations: [], logprobs: [], text: saying.text };
  return [
    added({ content: [], status: 'in_progress' }),
    event('response.content_part.added', { ...place, part: { ...part, text: '' } }),
    ...piecesOf(saying.text).map((delta) => event('response.output_text.delta', { ...place, delta, logprobs: [] })),
    event('response.output_text.done', { ...place, text: saying.text, logprobs: [] }),
    event('response.content_part.done', { ...place, part }),
    done(),
  ];
}
