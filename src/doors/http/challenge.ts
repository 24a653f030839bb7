/** @module doors/http/challenge: what a refused client is told about how to be let in. */
import type { IncomingMessage } from 'node:http';
import { TOKEN_ALGORITHMS } from '../../contracts/identity-config.ts';
import type { ProtectedResource } from '../../contracts/http.ts';
import type { AppError } from '../../core/errors.ts';

const SCOPE = /^[\w.:*/-]+$/;
/** What a client needs to see what there is; it asks for more when a call needs it. */
const FIRST_SCOPE = 'tools:read';

/**
 * The value of WWW-Authenticate for a failure; undefined where none belongs. A missing scope is told
 * together with those held already, so that one new token serves for all.
 *
 * @param request the refused one; says which scheme it used, and which of our addresses
 * @see RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1, MCP 2025-11-25 "Scope Challenge Handling"
 */
export function challengeOf(error: AppError, resource: ProtectedResource | undefined, request: IncomingMessage | undefined): string | undefined {
  const parameters = parametersOf(error, resource !== undefined);
  if (!parameters) return undefined;
  const metadata = resource && request ? [`resource_metadata="${resource.metadataUrl(request)}"`] : [];
  const isDpop = /^dpop /i.test(request?.headers.authorization ?? '');
  const algorithms = isDpop ? [`algs="${TOKEN_ALGORITHMS.join(' ')}"`] : [];
  return `${isDpop ? 'DPoP' : 'Bearer'} ${['realm="switchyard"', ...parameters, ...algorithms, ...metadata].join(', ')}`;
}

function parametersOf({ code, facts, data }: AppError, isResource: boolean): readonly string[] | undefined {
  if (code === 'AUTHENTICATION_REQUIRED') return isResource ? [`scope="${FIRST_SCOPE}"`] : [];
  if (facts.status === 401) return ['error="invalid_token"', ...(code === 'TOKEN_EXPIRED' ? ['error_description="The access token has expired."'] : [])];
  const missing = data?.['missingScopes'];
  if (code !== 'SCOPE_MISSING' || !Array.isArray(missing)) return undefined;
  const held = data?.['heldScopes'];
  const scopes = new Set<unknown>([...(Array.isArray(held) ? held : []), ...missing]);
  const scope = [...scopes].filter((entry): entry is string => typeof entry === 'string' && SCOPE.test(entry)).join(' ');
  return ['error="insufficient_scope"', `scope="${scope}"`];
}
