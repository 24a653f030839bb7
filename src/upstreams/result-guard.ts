/** @module upstreams/result-guard: what an upstream answers, looked through and bounded before anybody reads it. */
import type { CallContext } from '../contracts/call.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { scanAndTag } from './scan/scan-result.ts';

/**
 * The result as it goes on: tagged, cut, or not at all, as the configuration of the upstream says. What was found is noted
 * in the outcome record of the call, by the ids of the rules.
 *
 * @throws AppError RESULT_SUSPICIOUS where the configuration says so; RESPONSE_TOO_LARGE for structured content beyond the limit
 */
export function guardResult({ results }: Pick<UpstreamConfig, 'results'>, result: JsonObject, context: Pick<CallContext, 'note'>): JsonObject {
  const { scan, maxCharacters } = results;
  const { result: tagged, hits, cut } = scanAndTag(result, { isScanned: scan !== 'off', maxCharacters });
  if (hits.length === 0 && cut === 0) return result;
  const rules = hits.map(({ rule }) => rule).join(' ');
  context.note({ ...(hits.length > 0 ? { findings: rules } : {}), ...(cut > 0 ? { truncatedCharacters: cut } : {}) });
  if (scan === 'block' && hits.length > 0) {
    throw new AppError('RESULT_SUSPICIOUS', {
      message: `The answer of the upstream is held back: ${rules}.`,
      data: { findings: hits.map(({ rule }) => rule) },
    });
  }
  return tagged;
}
