/**
 * @module models/dialects/openai-chat/codec: OpenAI's chat completions, in and out of the typed form.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
import type { DialectCodec } from '../conversation.ts';
import { decodeOpenAiAnswer, encodeOpenAiAnswer } from './codec-answer.ts';
import { decodeOpenAiRequest } from './codec-request-in.ts';
import { encodeOpenAiRequest } from './codec-request-out.ts';
import { createOpenAiDecoder } from './codec-stream-in.ts';
import { createOpenAiEncoder } from './codec-stream-out.ts';

/** Both ways, plain and streamed. What is carried, reported and refused: docs/dialects.md. */
export const openAiChatCodec: DialectCodec = {
  decodeRequest: decodeOpenAiRequest,
  encodeRequest: encodeOpenAiRequest,
  decodeAnswer: decodeOpenAiAnswer,
  encodeAnswer: encodeOpenAiAnswer,
  createDecoder: createOpenAiDecoder,
  createEncoder: createOpenAiEncoder,
  memberNames: {
    system: 'messages',
    turns: 'messages',
    'turns.thinking': 'messages.reasoning_content',
    'turns.document': 'messages.content.file',
    'turns.image': 'messages.content.image_url',
    'turns.refusal': 'messages.refusal',
    'turns.tool_call': 'messages.tool_calls',
    'turns.tool_result': 'messages.content',
    tools: 'tools',
    'tools.isStrict': 'tools.function.strict',
    toolChoice: 'tool_choice',
    isParallelToolUse: 'parallel_tool_calls',
    maxTokens: ['max_completion_tokens', 'max_tokens'],
    topP: 'top_p',
    topK: 'top_k',
    output: 'response_format',
    'output.isStrict': 'response_format.json_schema.strict',
    thinking: 'reasoning_effort',
    'thinking.effort': 'reasoning_effort',
    endUser: ['safety_identifier', 'user'],
  },
};
