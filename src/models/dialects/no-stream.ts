/** @module models/dialects/no-stream: the reader of what never comes as a stream. */
import type { ModelStreamReader } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { UNKNOWN_USAGE } from './usage.ts';

/** For embeddings: any event is one that cannot be understood, and the stream never is complete. */
export function createNoStreamReader(): ModelStreamReader {
  return {
    isComplete: false,
    usage: UNKNOWN_USAGE,
    read() {
      throw new AppError('PROVIDER_FAILED', { message: 'The provider sent a stream where there is none.' });
    },
  };
}
