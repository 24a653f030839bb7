/** @module models/providers/bedrock/address: where Amazon Bedrock is, and which models speak what there. */
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { trimBase } from '../http-provider.ts';
import { modelSegment } from '../model-path.ts';

/** The two services: one calls models, the other lists them. */
export interface BedrockBases {
  readonly runtime: string;
  readonly control: string;
}

/** What is asked of a model. */
export type BedrockAction = 'invoke' | 'invoke-with-response-stream' | 'converse' | 'converse-stream' | 'count-tokens';

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
/** Ids of Anthropic's models, with the prefix of an inference profile (`eu.`, `us.`, `apac.`, `global.` …) or at the end of an ARN. */
const ANTHROPIC = /(?:^|[./])anthropic\./;
/** Models that embed texts; the digits are their version. */
const TITAN = /(?:^|[./])amazon\.titan-embed-text-v([12])(?::|$)/;
const COHERE = /(?:^|[./])cohere\.embed-(?:[a-z]+-)*v(\d+)/;
const COHERE_EMBED = /(?:^|[./])cohere\.embed-/;

/** Undefined = not configured: there is no region, or it is no name of one. A base URL stands for both services. */
export function basesOf({ baseUrl, region }: Pick<ProviderConfig, 'baseUrl' | 'region'>): BedrockBases | undefined {
  if (region === null || !REGION.test(region)) return undefined;
  if (baseUrl !== null) return { runtime: trimBase(baseUrl), control: trimBase(baseUrl) };
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { runtime: `https://bedrock-runtime.${region}.${domain}`, control: `https://bedrock.${region}.${domain}` };
}

/** Whether the model takes Anthropic's messages as they are. */
export function isAnthropic(model: string): boolean {
  return ANTHROPIC.test(model);
}

/** Version of a Titan that embeds texts; undefined = the model is none. */
export function titanVersion(model: string): number | undefined {
  const digits = TITAN.exec(model)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Version of a Cohere model that embeds, 0 where its name tells none; undefined = the model is none. */
export function cohereVersion(model: string): number | undefined {
  return COHERE_EMBED.test(model) ? Number(COHERE.exec(model)?.[1] ?? 0) : undefined;
}

/** Whether the model embeds texts, and does nothing else. */
export function isEmbedding(model: string): boolean {
  return titanVersion(model) !== undefined || cohereVersion(model) !== undefined;
}

/** URL of what is asked of a model. Tokens are counted by the model itself: the service refuses profiles there. */
export function urlOf({ runtime }: BedrockBases, model: string, action: BedrockAction): string {
  const id = action === 'count-tokens' ? model.replace(/^[a-z]+(?:-[a-z]+)?\.(?=anthropic\.)/, '') : model;
  return `${runtime}/model/${modelSegment(id)}/${action}`;
}

/** All models of the region. */
export function listUrlOf({ control }: BedrockBases): string {
  return `${control}/foundation-models`;
}
