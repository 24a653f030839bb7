/** @module models/providers/vertex/body: bodies as Vertex AI wants them, byte by byte. */
import type { ProviderRequest } from '../../../contracts/model.ts';
import { NOT_COUNTED } from '../anthropic/provider.ts';
import { assertUnique, editMembers, readMember, replaceMember } from '../../wire/members.ts';
import { publishedModel } from './address.ts';

/** Of Anthropic's messages at this service. */
const ANTHROPIC_VERSION = 'vertex-2023-10-16';
/** Members of what is generated from that its count does not take: they do not change the input. */
const NOT_COUNTED_HERE: Readonly<Record<string, undefined>> = { model: undefined, safetySettings: undefined, toolConfig: undefined, labels: undefined };

/**
 * Gemini's bodies stay as they are; a count is of what would be generated from, without the envelope of
 * the other API. Messages get the version that this service knows, and lose the model that the URL names.
 *
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function bodyOf({ operation, dialect, model, body }: ProviderRequest): Uint8Array {
  if (dialect !== 'anthropic-messages')
    return operation === 'count' ? editMembers(readMember(body, 'generateContentRequest') ?? body, NOT_COUNTED_HERE) : assertUnique(body);
  const version = readMember(body, 'anthropic_version') === undefined ? { anthropic_version: ANTHROPIC_VERSION } : {};
  // The count has one URL for all models.
  if (operation === 'count') return editMembers(replaceMember(body, 'model', publishedModel(model).name), { ...NOT_COUNTED, ...version });
  return editMembers(body, { model: undefined, ...version });
}
