/** What is asked and answered in the benchmark of models: sixty tokens, whole or as sixty deltas. */

/** Name of the model behind every gateway. */
export const MODEL = 'bench-1';
/** The text of the answer, word by word; each word is told apart from all others. */
export const WORDS: readonly string[] = Array.from({ length: 60 }, (_, index) => ` word${String(index).padStart(2, '0')}`);

const ID = 'chatcmpl-bench0000000000000000';
const USAGE = { prompt_tokens: 24, completion_tokens: WORDS.length, total_tokens: 24 + WORDS.length };

/** The whole answer, as the vendor words it. */
export const PLAIN_ANSWER: string = JSON.stringify({
  id: ID,
  object: 'chat.completion',
  created: 1_780_000_000,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: WORDS.join(''), refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: USAGE,
  system_fingerprint: 'fp_bench',
});

/** The events of the same answer: the role, sixty deltas, the reason of the end, `[DONE]`. */
export const STREAM_EVENTS: readonly string[] = [
  chunk({ role: 'assistant', content: '', refusal: null }),
  ...WORDS.map((content) => chunk({ content })),
  chunk({}, 'stop'),
  'data: [DONE]\n\n',
];

function chunk(delta: Readonly<Record<string, unknown>>, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: ID, object: 'chat.completion.chunk', created: 1_780_000_000, model: MODEL, system_fingerprint: 'fp_bench', choices })}\n\n`;
}

/** The request of a client: a short conversation, as they are sent all day. */
export function requestBody(model: string, isStream: boolean): string {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant. Answer in sixty words.' },
      { role: 'user', content: 'Tell me what a gateway between programs and models is good for, and what it costs.' },
    ],
    max_tokens: 256,
    temperature: 0.2,
    ...(isStream ? { stream: true } : {}),
  });
}
