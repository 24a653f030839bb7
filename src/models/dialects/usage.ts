/** @module models/dialects/usage: usages that are not, or partly, known. */
import type { ModelUsage } from '../../contracts/model.ts';

/** Nothing was said. */
export const UNKNOWN_USAGE: ModelUsage = Object.freeze({ inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null });

/** The first with what is known of the others added; null when the first is not known. */
export function sumOfKnown(base: number | null, ...parts: readonly (number | null)[]): number | null {
  return base === null ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), base);
}
