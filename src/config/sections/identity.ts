/** @module config/sections/identity: who calls. */
import * as v from 'valibot';
import { TOKEN_ALGORITHMS } from '../../contracts/identity-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, integer, key, list, network, orNull, pattern, section, table, text } from '../fields.ts';

const WEB_WORDS = 'a URL such as https://login.example.org/realms/one (https, or http to this machine; no user, query or fragment)';
const roleName = text('the name of a role', 64);
const claim = text('the name of a claim, or a JSON Pointer such as /realm_access/roles', 256);
const scope = pattern(/^(?:\*|[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.*-]+)*)$/, 'a scope such as tools:read, tools:* or *');

/** A base URL that is compared as it stands, and may be fetched. */
export function webAddress(): v.GenericSchema<string> {
  return v.pipe(v.string(WEB_WORDS), v.maxLength(1024, WEB_WORDS), v.check(isWebAddress, WEB_WORDS));
}

const issuer = section(
  {
    issuer: v.pipe(webAddress(), v.description('Exactly what stands in the claim iss of its tokens; its metadata is found below it.')),
    audience: key(
      orNull(list(text('an audience', 512), 50)),
      null,
      'Values of aud of which a token must have one; null = the addresses of this gateway and of its doors, as its metadata names them.',
    ),
    jwksUri: key(orNull(webAddress()), null, 'Where its public keys are; null = what its metadata says.'),
    algorithms: key(list(choice(TOKEN_ALGORITHMS)), [...TOKEN_ALGORITHMS], 'Signatures that its tokens may have.'),
    tokenTypes: key(
      list(text('a type such as at+jwt', 64), 10),
      ['at+jwt', 'JWT'],
      'Values of typ that its access tokens may have; JWT accepts those without typ too.',
    ),
    scopeClaims: key(list(claim, 10), ['scope', 'scp', 'permissions'], 'Claims that hold scopes, as a text or a list; all are read.'),
    rolesClaim: key(orNull(claim), null, 'Claim that holds roles; null = tokens say nothing about roles.'),
    roleMap: key(
      orNull(table(text('the name of a role in tokens', 256), list(roleName, 20))),
      null,
      'Role of the token to roles of the gateway; null = roles of the same name. Others give nothing.',
    ),
    defaultRoles: key(list(roleName, 20), ['user'], 'Roles of every caller with a valid token, beside those of rolesClaim.'),
    tenantClaim: key(orNull(claim), null, 'Claim that holds the tenant; tokens without it are refused. Null = no tenants.'),
    keepClaims: key(list(claim, 20), [], 'Further claims that are kept with the caller, for policies.'),
    clockSkewSeconds: key(integer(0, 300), 30, 'Seconds by which the clocks may differ.'),
    maxTokenSeconds: key(integer(1, 31_536_000), 86_400, 'Longest life of a token, from iat to exp; longer ones are refused.'),
    requireBoundTokens: key(v.boolean('true or false'), false, 'True = tokens must be bound to a key of their holder: DPoP, or the client certificate.'),
  },
  'An authorization server whose access tokens are accepted.',
);

const scopeName = pattern(/^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*$/, 'a scope such as tools:read');

const certificate = section(
  {
    match: v.pipe(
      pattern(/^(?:(?:spiffe:\/\/|uri:|dns:|email:)\S{1,500}|cn:[^\x00-\x1f\x7f]{1,500})$/, 'spiffe://…, uri:…, dns:…, email:… or cn:…'),
      v.description('Name in the certificate: an alternative name (spiffe://, uri:, dns:, email:) or the common name (cn:). `*` = any characters.'),
    ),
    roles: key(list(roleName, 20), ['user'], 'Its roles.'),
    scopes: key(orNull(list(scope, 100)), null, 'Scopes it is limited to; null = all that the roles give.'),
    tenant: key(orNull(text('a tenant', 100)), null, 'Its tenant.'),
  },
  'Client certificates and who they stand for.',
);

const defaults = DEFAULT_CONFIG.identity.server;
const embeddedSection = section(
  {
    url: key(orNull(webAddress()), defaults.url, 'What stands in iss and before every endpoint; null = the address that is listened on. Without a path.'),
    accessTokenSeconds: key(integer(60, 3600), defaults.accessTokenSeconds, 'How long an access token is valid.'),
    refreshTokenSeconds: key(integer(300, 7_776_000), defaults.refreshTokenSeconds, 'How long a refresh token is valid; each use gives a new one.'),
    defaultScopes: key(list(scopeName, 50), [...defaults.defaultScopes], 'What a client is offered that asks for no scope.'),
    clientDocuments: key(
      v.boolean('true or false'),
      defaults.clientDocuments,
      'Whether a client may be a URL that describes it (Client ID Metadata Documents).',
    ),
    clientDocumentNetworks: key(
      list(network(), 50),
      [...defaults.clientDocumentNetworks],
      'Private networks from which such descriptions are fetched too; others than public addresses are refused.',
    ),
    registration: key(v.boolean('true or false'), defaults.registration, 'Whether anybody may register a client (RFC 7591).'),
    deviceCode: key(v.boolean('true or false'), defaults.deviceCode, 'Whether devices without a browser may sign in by a code (RFC 8628).'),
  },
  'Settings of the embedded authorization server.',
);

/** Keys of `identity`. */
export const identitySection = section(
  {
    localRoles: key(
      list(text('the name of a role', 64)),
      [...DEFAULT_CONFIG.identity.localRoles],
      "Roles of the operating system's user over stdio and the local socket.",
    ),
    issuer: key(
      orNull(choice(['embedded'] as const)),
      DEFAULT_CONFIG.identity.issuer,
      'embedded = the gateway is an OAuth 2.1 authorization server itself (docs/authorization-server.md); null = it is none.',
    ),
    server: v.optional(embeddedSection, {}),
    issuers: key(list(issuer, 20), [], 'Authorization servers (OAuth 2.1, OpenID Connect) whose access tokens are accepted.'),
    certificates: key(list(certificate, 500), [], 'Who client certificates stand for; the first that matches counts, others are refused.'),
  },
  'Who calls.',
);

function isWebAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url?.username !== '' || url.password !== '' || value.includes('?') || value.includes('#')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname));
}
