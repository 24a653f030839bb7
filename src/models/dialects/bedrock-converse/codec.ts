/**
 * @module models/dialects/bedrock-converse/codec: Converse, as a provider speaks it. No door does.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
import type { DialectCodec } from '../conversation.ts';
import { createConverseDecoder, decodeConverseAnswer } from './answer.ts';
import { encodeConverseRequest } from './request-out.ts';

/** Provider side alone. */
export const converseCodec: Pick<DialectCodec, 'encodeRequest' | 'decodeAnswer' | 'createDecoder'> = {
  encodeRequest: encodeConverseRequest,
  decodeAnswer: decodeConverseAnswer,
  createDecoder: createConverseDecoder,
};
