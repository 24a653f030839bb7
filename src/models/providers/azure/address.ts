/** @module models/providers/azure/address: where a model of Azure is. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';
import { modelSegment } from '../model-path.ts';
import type { OpenAiPath } from '../openai-wire.ts';

/** The resource, such as `https://name.openai.azure.com`; undefined = not configured. */
export function resourceOf({ baseUrl }: Pick<ProviderConfig, 'baseUrl'>): string | undefined {
  return baseUrl === null ? undefined : trimBase(baseUrl, '/openai/v1', '/openai');
}

/**
 * With a dated version the deployment stands in the path (responses know it by the body's `model`);
 * without one, `/openai/v1` is OpenAI's API.
 *
 * @throws AppError INVALID_REQUEST for a name that would lead elsewhere
 * @see https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle
 */
export function urlOf(resource: string, apiVersion: string | null, deployment: string, path: OpenAiPath): string {
  if (apiVersion === null) return `${resource}/openai/v1${path}`;
  const place = path.startsWith('/responses') ? '' : `/deployments/${modelSegment(deployment)}`;
  return `${resource}/openai${place}${path}?api-version=${encodeURIComponent(apiVersion)}`;
}

/** The models that the resource can use; its deployments are listed by Azure's management alone. */
export function listUrlOf(resource: string, apiVersion: string | null): string {
  return apiVersion === null ? `${resource}/openai/v1/models` : `${resource}/openai/models?api-version=${encodeURIComponent(apiVersion)}`;
}
