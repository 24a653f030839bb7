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

/** The name of a model as bodies have it: `models/…`, or `tunedModels/…` where it is named so. */
export function resourceOf(model: string): string {
  return partsOf(model).join('/');
}

/** URL of what is asked of a model. @throws AppError INVALID_REQUEST for a name that would lead elsewhere */
export function urlOf(base: string, model: string, verb: string): string {
  const [folder, name] = partsOf(model);
  return `${base}/v1beta/${folder}/${modelSegment(name)}${verb}`;
}

/** `models/…` is the name itself. */
export function spellingsOf(model: string): readonly string[] {
  const [folder, name] = partsOf(model);
  return folder === 'models' ? [name, `models/${name}`] : [model];
}

function partsOf(model: string): readonly [folder: string, name: string] {
  const [, folder = 'models', name = ''] = /^(?:(models|tunedModels)\/)?(.*)$/.exec(model) ?? [];
  return [folder, name];
}

/** The first page of the models. */
export function listUrlOf(base: string): string {
  return `${base}/v1beta/models?pageSize=1000`;
}
