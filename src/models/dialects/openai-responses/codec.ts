/**
 * @module models/dialects/openai-responses/codec: OpenAI's responses in and out of the typed form. Nothing is
 * kept between two requests: what refers to a response that was kept is refused.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */
import { countIn } from '../../wire/json.ts';
import { AppError } from '../../../core/errors.ts';
import type { CountCodec, DialectCodec } from '../conversation.ts';
import { decodeResponse, encodeResponse } from './answer.ts';
import { createResponsesDecoder } from './decoder.ts';
import { createResponsesEncoder } from './encoder.ts';
import { decodeResponsesRequest } from './request-in.ts';
import { encodeResponsesRequest } from './request-out.ts';

/** Door and provider side. */
export const responsesCodec: DialectCodec = {
  decodeRequest: decodeResponsesRequest,
  encodeRequest: encodeResponsesRequest,
  decodeAnswer: decodeResponse,
  encodeAnswer: encodeResponse,
  createDecoder: createResponsesDecoder,
  createEncoder: createResponsesEncoder,
  memberNames: {
    system: 'instructions',
    turns: 'input',
    'turns.thinking': 'input.reasoning',
    'turns.redacted_thinking': 'input.reasoning',
    'turns.document': 'input.content.input_file',
    'turns.image': 'input.content.input_image',
    'turns.tool_call': 'input.function_call',
    'turns.tool_result': 'input.function_call_output',
    'tools.isStrict': 'tools.strict',
    toolChoice: 'tool_choice',
    isParallelToolUse: 'parallel_tool_calls',
    maxTokens: 'max_output_tokens',
    topP: 'top_p',
    output: 'text.format',
    'output.isStrict': 'text.format.strict',
    thinking: 'reasoning.effort',
    endUser: 'safety_identifier',
  },
};

/** `POST /responses/input_tokens`. What does not change the input is taken out by the provider. */
export const responsesCountCodec: CountCodec = {
  encodeRequest: encodeResponsesRequest,
  decodeAnswer(body) {
    const tokens = countIn(body, 'input_tokens');
    if (tokens === null) throw new AppError('PROVIDER_FAILED', { message: 'The provider sent no count of tokens.' });
    return tokens;
  },
  encodeAnswer: (inputTokens) => ({ object: 'response.input_tokens', input_tokens: inputTokens }),
};
