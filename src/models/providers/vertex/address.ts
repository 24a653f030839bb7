/** @module models/providers/vertex/address: where Vertex AI is, and whose models it serves there. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';
import { modelSegment } from '../model-path.ts';

/** A model with the one who publishes it. */
export interface PublishedModel {
  readonly publisher: string;
  readonly name: string;
}

const REGION = /^[a-z]+(?:-[a-z]+\d+)?$/;
/** Regions of several countries have a domain of their own. */
const MULTI_REGIONS: readonly string[] = ['eu', 'us'];

/** Undefined = not configured: there is no region, or it is no name of one. @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
export function baseOf({ baseUrl, region }: Pick<ProviderConfig, 'baseUrl' | 'region'>): string | undefined {
  if (region === null || !REGION.test(region)) return undefined;
  if (baseUrl !== null) return trimBase(baseUrl, '/v1', '/v1beta1');
  if (region === 'global') return 'https://aiplatform.googleapis.com';
  return MULTI_REGIONS.includes(region) ? `https://aiplatform.${region}.rep.googleapis.com` : `https://${region}-aiplatform.googleapis.com`;
}

/** `publisher/name`, or a name alone: Claude is Anthropic's, everything else Google's. */
export function publishedModel(model: string): PublishedModel {
  const [, publisher, name = model] = /^([a-z0-9-]+)\/(.*)$/.exec(model) ?? [];
  return { publisher: publisher ?? (model.startsWith('claude') ? 'anthropic' : 'google'), name };
}

/** With its publisher, and without where that is the one that is meant anyway. */
export function spellingsOf(model: string): readonly string[] {
  const { publisher, name } = publishedModel(model);
  const whole = `${publisher}/${name}`;
  return publishedModel(name).publisher === publisher && !name.includes('/') ? [name, whole] : [whole];
}

/**
 * Whether a model makes vectors of texts by `:predict`. Those of Gemini after the first are asked in another
 * way, and multimodal ones answer in another shape: neither is served.
 */
export function isTextEmbedding(model: string): boolean {
  const { publisher, name } = publishedModel(model);
  return publisher === 'google' && name.includes('embedding') && !/^(?:multimodal|gemini-embedding-(?!001))/.test(name);
}

/** URL of what is asked of a model. @throws AppError INVALID_REQUEST for a name that would lead elsewhere */
export function urlOf(
  base: string,
  { project, region }: Pick<ProviderConfig, 'project' | 'region'>,
  { publisher, name }: PublishedModel,
  verb: string,
): string {
  return `${base}/v1/projects/${modelSegment(project ?? '')}/locations/${modelSegment(region ?? '')}/publishers/${publisher}/models/${modelSegment(name)}${verb}`;
}

/** Google's models; there is no one list of every publisher. */
export function listUrlOf(base: string): string {
  return `${base}/v1beta1/publishers/google/models?pageSize=100`;
}
