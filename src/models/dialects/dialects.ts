/** @module models/dialects/dialects: how an answer is read, by dialect. */
import type { ModelDialect, ModelStreamReader, ModelUsage } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { createAnthropicReader, readAnthropicAnswer } from './anthropic-messages/reader.ts';
import { createConverseReader, readConverseAnswer } from './bedrock-converse/reader.ts';
import { readGeminiEmbeddings } from './gemini-embeddings/reader.ts';
import { createGeminiReader, readGeminiAnswer } from './gemini/reader.ts';
import { createNoStreamReader } from './no-stream.ts';
import { createOpenAiReader, readOpenAiAnswer } from './openai-chat/reader.ts';
import { readOpenAiEmbeddings } from './openai-embeddings/reader.ts';
import { createResponsesReader, readResponsesAnswer } from './openai-responses/reader.ts';

/** Reads answers without changing them. */
export interface DialectReader {
  /** For one stream. */
  createReader(): ModelStreamReader;
  /** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE, CONTENT_REFUSED unless it is a whole answer */
  readAnswer(bytes: Uint8Array): ModelUsage;
}

const READERS: Readonly<Partial<Record<ModelDialect, DialectReader>>> = {
  'openai-chat': { createReader: createOpenAiReader, readAnswer: readOpenAiAnswer },
  'openai-responses': { createReader: createResponsesReader, readAnswer: readResponsesAnswer },
  'openai-embeddings': { createReader: createNoStreamReader, readAnswer: readOpenAiEmbeddings },
  'anthropic-messages': { createReader: createAnthropicReader, readAnswer: readAnthropicAnswer },
  gemini: { createReader: createGeminiReader, readAnswer: readGeminiAnswer },
  'gemini-embeddings': { createReader: createNoStreamReader, readAnswer: readGeminiEmbeddings },
  'bedrock-converse': { createReader: createConverseReader, readAnswer: readConverseAnswer },
};

/** @throws AppError INTERNAL for a dialect whose answers nobody reads */
export function readerOf(dialect: ModelDialect): DialectReader {
  const reader = READERS[dialect];
  if (!reader) throw new AppError('INTERNAL', { message: `There is no reader of ${dialect}.` });
  return reader;
}
