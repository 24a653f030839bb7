/** @module models/providers/bedrock/body: bodies as Amazon Bedrock wants them, byte by byte. */
import type { ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { readWhole } from '../../../core/read-bytes.ts';
import { countIn, readObject } from '../../wire/json.ts';
import { editMembers, readMember } from '../../wire/members.ts';

/** Of Anthropic's messages at this service. */
const ANTHROPIC_VERSION = 'bedrock-2023-05-31';

/**
 * The body without what the URL says (model, stream); Anthropic's with the version that this service
 * knows and the betas of the header.
 *
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function bodyOf({ operation, dialect, headers, body }: ProviderRequest): Uint8Array {
  if (dialect !== 'anthropic-messages') return readMember(body, 'model') === undefined ? body : editMembers(body, { model: undefined });
  const { 'anthropic-beta': betas } = headers;
  const isSaid = (name: string): boolean => readMember(body, name) !== undefined;
  const edited = editMembers(body, {
    model: undefined,
    stream: undefined,
    ...(isSaid('anthropic_version') ? {} : { anthropic_version: ANTHROPIC_VERSION }),
    ...(betas === undefined || isSaid('anthropic_beta') ? {} : { anthropic_beta: betas.split(',').map((beta) => beta.trim()) }),
    // What is counted must be what could be sent: without this member it could not.
    ...(operation === 'count' && !isSaid('max_tokens') ? { max_tokens: 1 } : {}),
  });
  return operation === 'count' ? Buffer.from(JSON.stringify({ input: { invokeModel: { body: Buffer.from(edited).toString('base64') } } })) : edited;
}

/** A count of the service as one of Anthropic. */
export function toAnthropicCount(response: ProviderResponse): ProviderResponse {
  return response.status === 200 ? { ...response, body: countOf(response.body) } : response;
}

async function* countOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const count = countIn(readObject(await readWhole(body)), 'inputTokens');
  if (count === null) throw new AppError('PROVIDER_FAILED', { message: 'The provider counted no tokens.' });
  yield Buffer.from(JSON.stringify({ input_tokens: count }));
}
