import type { ProviderRequest } from '../../../../src/contracts/model.ts';
import type { Scope } from '../../../../src/core/scope.ts';

/** A request for embeddings in OpenAI's dialect, as the client of the providers hands it over. */
export const embedRequest = (scope: Scope, model: string, body: object): ProviderRequest => ({
  operation: 'embed',
  dialect: 'openai-embeddings',
  isStream: false,
  wantsUsage: false,
  model,
  headers: {},
  body: Buffer.from(JSON.stringify({ model: 'asked', ...body })),
  scope,
  firstByteMs: 5000,
  idleMs: 5000,
  maxBytes: 1_000_000,
});
