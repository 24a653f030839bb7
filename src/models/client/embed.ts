/** @module models/client/embed: vectors of texts for tools and programs. */
import type { ModelCallInput, ModelResult } from '../../contracts/model.ts';
import type { Embeddings, ModelClient } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import { objectsIn, readObject } from '../wire/json.ts';
import { completionUsage } from './typed-request.ts';

/** The alias that is meant where no model is named. */
const DEFAULT_EMBEDDING_MODEL = 'embedding';

/** One call with its body. */
export type AskModel = (name: string, input: Partial<ModelCallInput>, body: Uint8Array) => Promise<ModelResult>;

/** @throws AppError INVALID_PARAMS without a text, PROVIDER_FAILED when vectors are missing, and as the call ends */
export async function callEmbed({ model = DEFAULT_EMBEDDING_MODEL, input }: Parameters<ModelClient['embed']>[0], ask: AskModel): Promise<Embeddings> {
  if (input.length === 0) throw new AppError('INVALID_PARAMS', { message: 'There is no text to embed.' });
  const body = Buffer.from(JSON.stringify({ model, input, encoding_format: 'float' }));
  const result = await ask(model, { operation: 'embed', dialect: 'openai-embeddings' }, body);
  const { body: answer, servedBy, usage, costMicroUsd } = result;
  if (!answer) throw new AppError('INTERNAL');
  const embeddings = objectsIn(readObject(answer.bytes), 'data')
    .toSorted((a, b) => Number(a['index']) - Number(b['index']))
    .map(({ embedding }) => embedding)
    .filter(isVector);
  if (embeddings.length !== input.length)
    throw new AppError('PROVIDER_FAILED', { message: `The provider sent ${embeddings.length} vectors for ${input.length} texts.` });
  const cut = servedBy.indexOf('/');
  return { embeddings, provider: servedBy.slice(0, cut), model: servedBy.slice(cut + 1), usage: completionUsage(usage), costMicroUsd };
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}
