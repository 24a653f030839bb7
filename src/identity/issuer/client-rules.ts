/** @module identity/issuer/client-rules: what holds for every client, whatever it says of itself. */
import { type ClientModel, interactionPolicy, type KoaContext } from 'oidc-provider';
import type { ClientOrigin, SignInRequest } from '../../contracts/authorization-server.ts';
import { isRedirectUri } from './clients.ts';

/** What a client says of itself, as far as it is judged here. */
export interface ClientDescription {
  readonly redirect_uris?: readonly unknown[];
}

/** What is known of a client, for people. */
export function describeClient({ clientId, clientName, clientIdMetadataDocument }: ClientModel): SignInRequest['client'] {
  const origin: ClientOrigin = clientIdMetadataDocument === true ? 'document' : clientId.startsWith('client-') ? 'created' : 'self-registered';
  return { id: clientId, name: clientName ?? null, origin };
}

/** Codes travel over https, within this machine, or to an application that owns a scheme. @throws an error of the protocol */
export function checkRedirects(
  { InvalidClientMetadata }: { readonly InvalidClientMetadata: new (description: string) => Error },
  { redirect_uris: uris = [] }: ClientDescription,
): void {
  if (!uris.every((uri) => typeof uri === 'string' && isRedirectUri(uri)))
    throw new InvalidClientMetadata('redirect_uris must be https, http to this machine, or of a private scheme with a dot');
}

/** As the library asks, and each time where nobody vouches for the client. */
export function askingPolicy(): unknown {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  const ask = ({ oidc }: KoaContext): boolean => {
    const isUnverified = describeClient(oidc.client).origin === 'self-registered';
    return isUnverified && oidc.result?.['consent'] === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  };
  policy.get('consent').checks.add(new Check('unverified_client', 'nobody vouches for the client', 'interaction_required', ask));
  return policy;
}
