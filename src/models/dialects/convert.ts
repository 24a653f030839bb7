/** @module models/dialects/convert: from the client's dialect to the provider's and back. Loaded at the first call that needs it. */
import type { ModelDialect, ModelOperation } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';

/** What is converted. */
export interface ConversionRequest {
  readonly operation: ModelOperation;
  readonly from: ModelDialect;
  readonly to: ModelDialect;
  /** As the provider names it. */
  readonly model: string;
  readonly isStream: boolean;
  readonly body: Uint8Array;
}

/** One stream on its way back. */
export interface StreamConversion {
  /** @param data of one event of the provider; whole events of the client's dialect, maybe none */
  push(data: string): Uint8Array;
  /** What is still owed when the provider's stream is whole. */
  finish(): Uint8Array;
}

/** One call between two dialects. */
export interface Conversion {
  /** For the provider. */
  readonly body: Uint8Array;
  /** Members that only tune or label and have no counterpart, as the client wrote them. */
  readonly notCarried: readonly string[];
  /** A whole answer, in the client's dialect. @throws AppError PROVIDER_FAILED */
  answer(bytes: Uint8Array): Uint8Array;
  stream(): StreamConversion;
}

/** @throws AppError CONVERSION_REFUSED naming the member, INVALID_REQUEST */
export async function createConversion({ from, to }: ConversionRequest): Promise<Conversion> {
  throw new AppError('CONVERSION_REFUSED', { message: `Nothing converts ${from} to ${to} yet.` });
}
