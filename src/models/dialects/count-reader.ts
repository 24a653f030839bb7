/** @module models/dialects/count-reader: the answer of a count of tokens. */
import type { ModelDialect, ModelUsage } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { classifyFailure } from '../wire/failure.ts';
import { countIn, parseProviderObject } from '../wire/json.ts';
import { UNKNOWN_USAGE } from './usage.ts';

const MEMBERS: Readonly<Partial<Record<ModelDialect, string>>> = {
  'anthropic-messages': 'input_tokens',
  'openai-responses': 'input_tokens',
  gemini: 'totalTokens',
  'bedrock-converse': 'inputTokens',
};

/**
 * Its usage: none is told, for nothing is used.
 *
 * @throws AppError PROVIDER_FAILED unless the answer has its number
 */
export function readCount(dialect: ModelDialect, bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw classifyFailure({ error: answer['error'] });
  const member = MEMBERS[dialect];
  if (member === undefined || countIn(answer, member) === null)
    throw new AppError('PROVIDER_FAILED', { message: 'The provider sent what is not a count of tokens.' });
  return UNKNOWN_USAGE;
}
