/**
 * @module models/dialects/anthropic-messages/codec: Anthropic's messages, in and out of the typed form.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
import { AppError } from '../../../core/errors.ts';
import { countIn } from '../../wire/json.ts';
import type { CountCodec, DialectCodec } from '../conversation.ts';
import { decodeAnthropicAnswer, encodeAnthropicAnswer } from './codec-answer.ts';
import { decodeAnthropicRequest } from './codec-request-in.ts';
import { encodeAnthropicCount, encodeAnthropicRequest } from './codec-request-out.ts';
import { createAnthropicDecoder } from './codec-stream-in.ts';
import { createAnthropicEncoder } from './codec-stream-out.ts';

/** Both ways, plain and streamed. What is carried, reported and refused: docs/dialects.md. */
export const anthropicMessagesCodec: DialectCodec = {
  decodeRequest: decodeAnthropicRequest,
  encodeRequest: encodeAnthropicRequest,
  decodeAnswer: decodeAnthropicAnswer,
  encodeAnswer: encodeAnthropicAnswer,
  createDecoder: createAnthropicDecoder,
  createEncoder: createAnthropicEncoder,
  memberNames: {
    turns: 'messages',
    'turns.thinking': 'messages.content.thinking',
    'turns.redacted_thinking': 'messages.content.redacted_thinking',
    'turns.document': 'messages.content.document',
    'turns.image': 'messages.content.image',
    'turns.tool_call': 'messages.content.tool_use',
    'turns.tool_result': 'messages.content.tool_result',
    'turns.tool_result.isError': 'messages.content.tool_result.is_error',
    'tools.isStrict': 'tools.strict',
    toolChoice: 'tool_choice',
    isParallelToolUse: 'tool_choice.disable_parallel_tool_use',
    maxTokens: 'max_tokens',
    topP: 'top_p',
    topK: 'top_k',
    stop: 'stop_sequences',
    output: ['output_config.format', 'output_format'],
    'output.isStrict': ['output_config.format', 'output_format'],
    thinking: ['thinking', 'output_config.effort'],
    'thinking.budgetTokens': 'thinking.budget_tokens',
    'thinking.effort': 'output_config.effort',
    endUser: 'metadata.user_id',
  },
};

/** Counts of tokens: `/v1/messages/count_tokens`. */
export const anthropicCountCodec: CountCodec = {
  encodeRequest: encodeAnthropicCount,
  decodeAnswer(body) {
    const count = countIn(body, 'input_tokens');
    if (count === null) throw new AppError('PROVIDER_FAILED', { message: 'The provider counted no tokens.' });
    return count;
  },
  encodeAnswer: (inputTokens) => ({ input_tokens: inputTokens }),
};
