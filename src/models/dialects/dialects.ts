/** @module models/dialects/dialects: how an answer is read, by dialect. */
import type { ModelDialect, ModelStreamReader, ModelUsage } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { createAnthropicReader, readAnthropicAnswer } from './anthropic-messages/reader.ts';
import { createOpenAiReader, readOpenAiAnswer } from './openai-chat/reader.ts';

/** Reads answers without changing them. */
export interface DialectReader {
  /** For one stream. */
  createReader(): ModelStreamReader;
  /** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE, CONTENT_REFUSED unless it is a whole answer */
  readAnswer(bytes: Uint8Array): ModelUsage;
}

const READERS: Readonly<Partial<Record<ModelDialect, DialectReader>>> = {
  'openai-chat': { createReader: createOpenAiReader, readAnswer: readOpenAiAnswer },
  'anthropic-messages': { createReader: createAnthropicReader, readAnswer: readAnthropicAnswer },
};

/** @throws AppError INTERNAL for a dialect whose answers nobody reads */
export function readerOf(dialect: ModelDialect): DialectReader {
  const reader = READERS[dialect];
  if (!reader) throw new AppError('INTERNAL', { message: `There is no reader of ${dialect}.` });
  return reader;
}
