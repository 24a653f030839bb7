/** @module models/providers/gemini/address: where the Gemini API is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';
import { modelSegment } from '../model-path.ts';

/** Where the vendor itself is reached. */
export const GEMINI_BASE_URL = 'https://generativelanguage.googleapis.com';

/** The base without version. */
export function baseOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string {
  return trimBase(baseUrl ?? GEMINI_BASE_URL, '/v1beta', '/v1');
}

/** The resource of a model: `models/…`, or `tunedModels/…` where it is named so. @throws AppError INVALID_REQUEST */
export function resourceOf(model: string): string {
  const [, folder = 'models', name = ''] = /^(?:(models|tunedModels)\/)?(.*)$/.exec(model) ?? [];
  return `${folder}/${modelSegment(name)}`;
}

/** URL of what is asked of a model. */
export function urlOf(base: string, model: string, verb: string): string {
  return `${base}/v1beta/${resourceOf(model)}${verb}`;
}

/** The first page of the models. */
export function listUrlOf(base: string): string {
  return `${base}/v1beta/models?pageSize=1000`;
}
