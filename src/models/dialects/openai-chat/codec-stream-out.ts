/** @module models/dialects/openai-chat/codec-stream-out: deltas, as chunks for a client. */
import type { JsonObject } from '../../../core/json.ts';
import type { AnswerFacts, ChatDelta, StreamEncoder } from '../conversation.ts';
import { finishOf, usageMember } from './codec-answer.ts';

const MEMBER_OF = { text: 'content', thinking: 'reasoning_content', refusal: 'refusal' } as const;

type Open = { readonly member: (typeof MEMBER_OF)[keyof typeof MEMBER_OF] } | { readonly call: number; hasInput: boolean };

/** Redacted thoughts and signatures have no place in the dialect. */
export function createOpenAiEncoder({ model, createdAt, wantsUsage }: AnswerFacts & { readonly wantsUsage: boolean }): StreamEncoder {
  const open = new Map<number, Open>();
  let id = '';
  let calls = 0;
  let hasRefusal = false;

  const event = (rest: JsonObject): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: createdAt, model, ...(wantsUsage ? { usage: null } : {}), ...rest })}\n\n`;
  const chunk = (delta: JsonObject, finish: string | null = null): string => event({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  const input = (call: number, text: string): string => chunk({ tool_calls: [{ index: call, function: { arguments: text } }] });

  const start = ({ index, part }: Extract<ChatDelta, { readonly type: 'part_start' }>): string => {
    if (part.type === 'redacted_thinking') return '';
    if (part.type !== 'tool_call') {
      open.set(index, { member: MEMBER_OF[part.type] });
      return '';
    }
    const call = calls++;
    open.set(index, { call, hasInput: false });
    return chunk({ tool_calls: [{ index: call, id: part.id, type: 'function', function: { name: part.name, arguments: '' } }] });
  };
  const piece = ({ index, text }: Extract<ChatDelta, { readonly type: 'delta' }>): string => {
    const part = open.get(index);
    if (!part || text === '') return '';
    if ('member' in part) {
      hasRefusal ||= part.member === 'refusal';
      return chunk({ [part.member]: text });
    }
    part.hasInput = true;
    return input(part.call, text);
  };

  return {
    encode(delta) {
      switch (delta.type) {
        case 'start':
          id = delta.id;
          return chunk({ role: 'assistant', content: '' });
        case 'part_start':
          return start(delta);
        case 'delta':
          return piece(delta);
        case 'part_end': {
          const part = open.get(delta.index);
          open.delete(delta.index);
          // Clients parse the arguments: none at all would be no JSON.
          return part && 'call' in part && !part.hasInput ? input(part.call, '{}') : '';
        }
        case 'signature':
          return '';
        case 'end': {
          const usage = wantsUsage ? usageMember(delta.usage) : {};
          return `${chunk({}, finishOf(delta.stop, hasRefusal))}${'usage' in usage ? event({ choices: [], ...usage }) : ''}data: [DONE]\n\n`;
        }
      }
    },
  };
}
