/** @module models/cache/vectors: directions of texts, as bytes to keep and to compare. */
import type { CallContext } from '../../contracts/call.ts';
import type { CacheNeighbour } from '../../contracts/model-cache.ts';
import { isModelResult } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { toCallInput } from '../client/call-input.ts';
import { callEmbed } from '../client/embed.ts';

/**
 * The direction of a text, length 1, as little-endian 32-bit floats: a child call of a model of vectors,
 * with the caller's own rights and on its account. Undefined for a text without a direction.
 *
 * @throws AppError as that call ends
 */
export async function vectorOf(text: string, model: string, timeoutMs: number, context: Pick<CallContext, 'call'>): Promise<Uint8Array | undefined> {
  const { embeddings } = await callEmbed({ model, input: [text] }, async (name, input, body) => {
    const { terminal } = await context.call({
      target: { kind: 'model', name },
      timeoutMs,
      input: toCallInput({ operation: 'embed', dialect: 'openai-embeddings', ...input }, body),
    });
    if (terminal.type === 'result' && isModelResult(terminal.value)) return terminal.value;
    throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
  });
  return toVector(embeddings[0] ?? []);
}

/** Scaled to length 1; undefined for one of length 0 or with something that is no number. */
export function toVector(numbers: readonly number[]): Uint8Array | undefined {
  const length = Math.hypot(...numbers);
  if (!(length > 0 && length < Infinity)) return undefined;
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number / length, index * 4);
  return bytes;
}

/** The candidate nearest to the vector, if it is near enough. Those of another size are none. */
export function nearestOf(vector: Uint8Array, candidates: readonly CacheNeighbour[], threshold: number): CacheNeighbour | undefined {
  const wanted = readVector(vector);
  let best: CacheNeighbour | undefined;
  let bestCosine = threshold;
  for (const candidate of candidates) {
    if (candidate.vector.byteLength !== vector.byteLength) continue;
    const cosine = dot(wanted, readVector(candidate.vector));
    if (cosine < bestCosine || (best && cosine === bestCosine) || Number.isNaN(cosine)) continue;
    best = candidate;
    bestCosine = cosine;
  }
  return best;
}

function readVector(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % 4));
}

/** Rounding of 32-bit floats must not make a vector unlike itself. */
function dot(left: DataView, right: DataView): number {
  let sum = 0;
  for (let at = 0; at < left.byteLength; at += 4) sum += left.getFloat32(at, true) * right.getFloat32(at, true);
  return sum > 0.999_999 ? 1 : sum;
}
