/** What Claude says on Anthropic's wire, for its own vendor and for those that resell it. */

/** The one message of the requests. */
export const MESSAGES = '"messages":[{"role":"user","content":"Hi"}]';
/** A whole answer; a space, an unknown member and a number that only bytes keep. */
export const CLAUDE_PLAIN =
  '{"id":"m", "type":"message","big":12345678901234567890,"content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":11}}';

/** An answer in pieces: the name of each event and its data. */
export const CLAUDE_EVENTS: readonly (readonly [name: string, data: string])[] = (
  [
    ['message_start', { message: { id: 'm', usage: { input_tokens: 7, output_tokens: 1 } } }],
    ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
    ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hellö' } }],
    ['content_block_stop', { index: 0 }],
    ['message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 11 } }],
    ['message_stop', {}],
  ] as const
).map(([name, rest]) => [name, JSON.stringify({ type: name, ...rest })]);

/** Events as a stream of them. */
export const eventStream = (events: typeof CLAUDE_EVENTS): string => events.map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`).join('');
