/** @module doors/http/resource-metadata: what this gateway says of itself to OAuth clients. @see RFC 9728 */
import { TOKEN_ALGORITHMS } from '../../contracts/identity-config.ts';
import { type HttpMount, METADATA_PATH, type ProtectedResource } from '../../contracts/http.ts';
import { AppError } from '../../core/errors.ts';
import { writeJson } from './answer.ts';

/** What the document says beside addresses. */
export interface ResourceMetadataOptions {
  readonly resource: ProtectedResource;
  /** Authorization servers whose tokens are accepted; asked for each document, since the address of one in this process may be known late. */
  readonly issuers: () => readonly string[];
  readonly scopes: readonly string[];
  readonly bindsCertificates: boolean;
  readonly requiresDpop: boolean;
}

/** Public, for GET; for the gateway itself and for each of its doors. Another path has none: a JSON 404. */
export function createResourceMetadata({ resource, issuers, scopes, bindsCertificates, requiresDpop }: ResourceMetadataOptions): HttpMount {
  const facts = {
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_name: 'Switchyard',
    dpop_signing_alg_values_supported: TOKEN_ALGORITHMS,
    ...(requiresDpop ? { dpop_bound_access_tokens_required: true } : {}),
    ...(bindsCertificates ? { tls_client_certificate_bound_access_tokens: true } : {}),
  };
  return {
    name: 'resource-metadata',
    owns: (path) => path === METADATA_PATH || path.startsWith(`${METADATA_PATH}/`),
    handle: ({ request, response, path }) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw new AppError('METHOD_NOT_ALLOWED', { data: { allow: 'GET, HEAD' } });
      const identifier = resource.identifierOf(request, path.slice(METADATA_PATH.length));
      if (identifier === undefined) throw new AppError('METHOD_NOT_FOUND', { message: 'No such resource.' });
      const servers = issuers();
      writeJson(response, 200, { resource: identifier, ...(servers.length > 0 ? { authorization_servers: servers } : {}), ...facts });
    },
  };
}
