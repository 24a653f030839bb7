/** @module upstreams/auth/grants: the token requests that need no person. */
import { readFile } from 'node:fs/promises';
import type { UpstreamAuthConfig } from '../../contracts/upstreams-config.ts';
import type { Scope } from '../../core/scope.ts';
import { authFailed } from './failures.ts';
import { requestTokens } from './token-endpoint.ts';
import type { Web } from './web.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const MAX_ASSERTION_LENGTH = 65_536;

/** What a grant is for. */
export interface GrantRequest {
  readonly config: UpstreamAuthConfig;
  readonly issuer: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  /** The caller's own token, where each caller has one. */
  readonly callerToken: string | undefined;
  readonly now: number;
}

/**
 * Parameters of the token request at the authorization server of the upstream.
 *
 * @throws AppError UPSTREAM_AUTH_FAILED where the configuration lacks what the grant needs; as requestTokens for the identity provider
 * @see RFC 6749 section 4.4, RFC 7523 section 2.1, RFC 8693 section 2.1
 */
export async function grantParameters(request: GrantRequest, web: Web, scope: Scope): Promise<Record<string, string>> {
  const { config, resource, scopes } = request;
  const common = { resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) };
  switch (config.grant) {
    case 'jwt_bearer':
      return { grant_type: JWT_BEARER, assertion: await assertionOf(config), ...common };
    case 'token_exchange':
      return {
        grant_type: EXCHANGE,
        subject_token: config.subject === 'caller' ? callerToken(request) : await assertionOf(config),
        subject_token_type: config.subject === 'caller' ? ACCESS_TOKEN : config.subjectTokenType,
        ...common,
      };
    case 'enterprise':
      return { grant_type: JWT_BEARER, assertion: await identityGrant(request, web, scope), ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) };
    default:
      return { grant_type: 'client_credentials', ...common };
  }
}

/** The identity provider vouches for the person: a grant for this resource at this authorization server. @see MCP extension enterprise-managed-authorization */
async function identityGrant({ config, issuer, resource, scopes, now }: GrantRequest, web: Web, scope: Scope): Promise<string> {
  const { idpTokenUrl, idpClientId, idpClientSecret, subjectTokenType } = config;
  if (idpTokenUrl === null || idpClientId === null) throw lacking('idpTokenUrl and idpClientId');
  const client = { id: idpClientId, secret: idpClientSecret ?? undefined, method: undefined, redirectUri: undefined };
  const { tokens, issuedType } = await requestTokens(
    { endpoint: idpTokenUrl, issuer: new URL(idpTokenUrl).origin, methods: undefined, client },
    {
      grant_type: EXCHANGE,
      requested_token_type: ID_JAG,
      audience: issuer,
      resource,
      subject_token: await assertionOf(config),
      subject_token_type: subjectTokenType,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    },
    now,
    web,
    scope,
  );
  if (issuedType !== ID_JAG) throw authFailed('The identity provider gave something else than the grant that was asked for.');
  return tokens.access;
}

async function assertionOf({ assertion, assertionFile, grant }: UpstreamAuthConfig): Promise<string> {
  if (assertion !== null) return assertion.trim();
  if (assertionFile === null) throw lacking(`assertion or assertionFile, which ${grant} needs`);
  const text = await readFile(assertionFile, 'utf8').catch(() => '');
  if (text.trim() === '' || text.length > MAX_ASSERTION_LENGTH) throw authFailed('The file that assertionFile names cannot be read, is empty or too large.');
  return text.trim();
}

function callerToken({ callerToken: token }: GrantRequest): string {
  if (token !== undefined) return token;
  throw authFailed(
    'The caller came without a token of its own that could be exchanged.',
    'Call with a token of the authorization server (not an API key, not over stdio), or set subject: configured.',
  );
}

function lacking(what: string): Error {
  return authFailed(
    `The configuration lacks ${what}, or the variable or secret it names is not set.`,
    'Complete upstreams.<name>.auth; `switchyard config check` shows what is missing.',
  );
}
