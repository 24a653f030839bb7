/** What a provider says on the wire, in the formats of OpenAI (chat) and Anthropic (messages). */

/** What a whole answer says. */
export const ANSWER = 'The gateway keeps every word: ä€😀 and all.';
const TOKENS = ANSWER.match(/.{1,4}/gu) ?? [];
/** Tokens of the first half of an answer. */
export const HALF: number = Math.floor(TOKENS.length / 2);

/** A streamed answer in its three parts. */
export interface StreamedAnswer {
  readonly start: string[];
  readonly tokens: string[];
  readonly end: string[];
}

/** One event of Anthropic's stream. */
export const messageEvent = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

/** One chunk of OpenAI's stream. */
export const chunkEvent = (delta: object, finish: string | null, model?: string): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** @param model absent = the answer names none */
export function eventsOf(isAnthropic: boolean, model?: string): StreamedAnswer {
  if (isAnthropic) {
    return {
      start: [
        messageEvent('message_start', { message: { id: 'm', model, role: 'assistant', content: [], usage: { input_tokens: 7, output_tokens: 1 } } }),
        messageEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        messageEvent('ping', {}),
      ],
      tokens: TOKENS.map((text) => messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
      end: [
        messageEvent('content_block_stop', { index: 0 }),
        messageEvent('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 11 } }),
        messageEvent('message_stop', {}),
      ],
    };
  }
  return {
    start: [chunkEvent({ role: 'assistant', content: '' }, null, model)],
    tokens: TOKENS.map((content) => chunkEvent({ content }, null, model)),
    end: [
      chunkEvent({}, 'stop', model),
      `data: ${JSON.stringify({ id: 'c', choices: [], usage: { prompt_tokens: 7, completion_tokens: 11 } })}\n\n`,
      'data: [DONE]\n\n',
    ],
  };
}

/** A whole plain answer, with what a JSON round trip would damage. */
export function plainAnswer(isAnthropic: boolean, model?: string): string {
  const named = model === undefined ? '' : `"model":${JSON.stringify(model)},`;
  return isAnthropic
    ? `{"id":"m", "type":"message",${named}"big":12345678901234567890,"content":[{"type":"text","text":${JSON.stringify(ANSWER)}}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":11}}`
    : `{"id":"c", "object":"chat.completion",${named}"big":12345678901234567890,"choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(ANSWER)}},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11}}`;
}
