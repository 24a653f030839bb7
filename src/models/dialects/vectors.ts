/** @module models/dialects/vectors: vectors as numbers, and as little-endian 32-bit floats in base64. */
import { AppError } from '../../core/errors.ts';

const BYTES = 4;

/** @throws AppError PROVIDER_FAILED for what is no vector */
export function vectorOf(value: unknown): readonly number[] {
  const numbers = typeof value === 'string' ? decode(value) : value;
  if (!Array.isArray(numbers) || numbers.length === 0) throw notOne();
  return numbers.map(numberOf);
}

/** @throws AppError PROVIDER_FAILED unless every text has its vector */
export function assertAll(vectors: readonly unknown[], { texts }: { readonly texts: readonly string[] }): void {
  if (vectors.length !== texts.length)
    throw new AppError('PROVIDER_FAILED', { message: `The provider sent ${vectors.length} vectors for ${texts.length} texts.` });
}

/** Rounds each number to 32 bits. */
export function base64OfVector(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * BYTES);
  return bytes.toString('base64');
}

function decode(text: string): readonly number[] {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % BYTES !== 0) throw notOne();
  return Array.from({ length: bytes.length / BYTES }, (_, index) => bytes.readFloatLE(index * BYTES));
}

/** Digits beyond a double are no part of a vector. */
function numberOf(value: unknown): number {
  const number = JSON.isRawJSON(value) ? Number(JSON.stringify(value)) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw notOne();
  return number;
}

function notOne(): AppError {
  return new AppError('PROVIDER_FAILED', { message: 'The provider sent what is not a vector.' });
}
