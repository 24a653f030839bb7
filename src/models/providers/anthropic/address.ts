/** @module models/providers/anthropic/address: where Anthropic is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import type { ModelOperation } from '../../../contracts/model.ts';
import type { JsonObject } from '../../../core/json.ts';
import { trimBase } from '../http-provider.ts';

/** Where the vendor itself is reached. */
export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com';

const PAGE = '/v1/models?limit=1000';

/** The base without version. */
export function baseOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string {
  return trimBase(baseUrl ?? ANTHROPIC_BASE_URL, '/v1');
}

/** Of messages, or of their count. */
export function urlOf(base: string, operation: ModelOperation): string {
  return operation === 'count' ? `${base}/v1/messages/count_tokens` : `${base}/v1/messages`;
}

/** The first page of the models. */
export function listUrlOf(base: string): string {
  return `${base}${PAGE}`;
}

/** The page after this one. */
export function nextListUrlOf(base: string, { has_more: hasMore, last_id: last }: JsonObject): string | undefined {
  return hasMore === true && typeof last === 'string' ? `${base}${PAGE}&after_id=${encodeURIComponent(last)}` : undefined;
}
