/** @module models/wire/post-json: one request of a provider over HTTP. */
import type { Egress, EgressResponse } from '../../contracts/egress.ts';
import type { ProviderRequest } from '../../contracts/model.ts';

/** What a provider adds to the request. */
export interface Posted {
  /** The credential among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Posts the body within the limits of the request. @throws AppError as Egress */
export function postJson(
  egress: Egress,
  url: string,
  { scope, firstByteMs, idleMs, maxBytes }: ProviderRequest,
  { headers, body }: Posted,
): Promise<EgressResponse> {
  return egress.send({ method: 'POST', url, headers: { ...headers, 'content-type': 'application/json' }, body, scope, firstByteMs, idleMs, maxBytes });
}
