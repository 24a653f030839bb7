/**
 * @module models/dialects/gemini/codec: Google's generateContent in and out of the typed form. The model and
 * whether it is a stream stand in the URL, which is the door's and the provider's.
 *
 * @see https://ai.google.dev/api/generate-content
 */
import { AppError } from '../../../core/errors.ts';
import { countIn } from '../../wire/json.ts';
import type { CountCodec, DialectCodec } from '../conversation.ts';
import { decodeGeminiAnswer, encodeGeminiAnswer } from './answer.ts';
import { decodeGeminiRequest } from './request-in.ts';
import { encodeGeminiRequest } from './request-out.ts';
import { createGeminiDecoder, createGeminiEncoder } from './stream.ts';

/** Door and provider side. */
export const geminiCodec: DialectCodec = {
  decodeRequest: decodeGeminiRequest,
  encodeRequest: encodeGeminiRequest,
  decodeAnswer: decodeGeminiAnswer,
  encodeAnswer: encodeGeminiAnswer,
  createDecoder: createGeminiDecoder,
  createEncoder: createGeminiEncoder,
  memberNames: {
    system: 'systemInstruction',
    turns: 'contents',
    'turns.thinking': 'contents.parts.thought',
    'turns.redacted_thinking': 'contents.parts.thought',
    'turns.document': 'contents.parts.inlineData',
    'turns.image': 'contents.parts.inlineData',
    'turns.tool_call': 'contents.parts.functionCall',
    'turns.tool_result': 'contents.parts.functionResponse',
    tools: 'tools.functionDeclarations',
    toolChoice: 'toolConfig.functionCallingConfig',
    maxTokens: 'generationConfig.maxOutputTokens',
    temperature: 'generationConfig.temperature',
    topP: 'generationConfig.topP',
    topK: 'generationConfig.topK',
    seed: 'generationConfig.seed',
    stop: 'generationConfig.stopSequences',
    output: 'generationConfig.responseJsonSchema',
    thinking: 'generationConfig.thinkingConfig',
    'thinking.budgetTokens': 'generationConfig.thinkingConfig.thinkingBudget',
    'thinking.effort': 'generationConfig.thinkingConfig.thinkingLevel',
  },
};

/** `models/{model}:countTokens`: the request as it would be generated from; the provider wraps it where its service wants that. */
export const geminiCountCodec: CountCodec = {
  encodeRequest: encodeGeminiRequest,
  decodeAnswer(body) {
    const tokens = countIn(body, 'totalTokens');
    if (tokens === null) throw new AppError('PROVIDER_FAILED', { message: 'The provider sent no count of tokens.' });
    return tokens;
  },
  encodeAnswer: (inputTokens) => ({ totalTokens: inputTokens }),
};
