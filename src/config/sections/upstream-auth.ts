/** @module config/sections/upstream-auth: how a token for an upstream is obtained. */
import * as v from 'valibot';
import type { UpstreamAuthConfig, UpstreamGrant } from '../../contracts/upstreams-config.ts';
import { choice, key, list, orNull, path, pattern, section, text } from '../fields.ts';
import { secureUrl } from './upstream-urls.ts';

const credential = pattern(/^[\s\S]{1,16384}$/, 'a credential');
const GRANTS = ['authorization_code', 'client_credentials', 'jwt_bearer', 'token_exchange', 'enterprise'] as const satisfies readonly UpstreamGrant[];
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

/** The section. */
export const auth = section(
  {
    grant: key(
      choice(GRANTS),
      'authorization_code',
      'How a token comes about when the server asks for one: a person signs in (`switchyard upstreams login`), the client itself, a JWT of the workload (RFC 7523), a token for another token (RFC 8693), or the identity provider of the enterprise.',
    ),
    clientId: key(orNull(text('a client id', 2048)), null, 'A client that was registered beforehand; null = by clientMetadataUrl, or registered on its own.'),
    clientSecret: key(orNull(credential), null, 'Its secret; write ${secret:NAME}.'),
    clientKey: key(orNull(credential), null, 'Its private key (PKCS#8 PEM), for private_key_jwt; write ${secret:NAME}.'),
    clientKeyId: key(orNull(text('a key id', 256)), null, 'The id of the key (`kid`).'),
    clientKeyAlgorithm: key(choice(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] as const), 'ES256', 'The algorithm of the key.'),
    clientMetadataUrl: key(
      orNull(secureUrl),
      null,
      "URL of this gateway's client metadata document, which is its id where the authorization server takes such.",
    ),
    issuer: key(orNull(secureUrl), null, 'The only authorization server that is believed; null = the one that the upstream names.'),
    scopes: key(orNull(list(pattern(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'a scope'))), null, 'The most that is asked for; null = what the upstream asks for.'),
    assertion: key(
      orNull(credential),
      null,
      "jwt_bearer: the workload's JWT; token_exchange and enterprise: the subject's token. Write ${secret:NAME} or ${NAME}.",
    ),
    assertionFile: key(orNull(path()), null, 'The same in a file, read anew at each use.'),
    subject: key(
      choice(['configured', 'caller'] as const),
      'configured',
      "token_exchange: one token for everybody, from assertion; or one for each caller, from the caller's own token, which itself is sent to the authorization server alone.",
    ),
    subjectTokenType: key(text('a token type', 256), ID_TOKEN, 'The type of that token (RFC 8693 section 3).'),
    idpTokenUrl: key(orNull(secureUrl), null, 'enterprise: the token endpoint of the identity provider.'),
    idpClientId: key(orNull(text('a client id', 2048)), null, 'enterprise: the client at the identity provider.'),
    idpClientSecret: key(orNull(credential), null, 'enterprise: its secret.'),
    dpop: key(choice(['auto', 'required', 'off'] as const), 'auto', 'Tokens bound to a key (RFC 9449): where the upstream asks for them, always, or never.'),
  },
  'http: how a token is obtained when the server asks for one.',
);

/** What an upstream without the section has. */
export const DEFAULT_AUTH: UpstreamAuthConfig = Object.freeze(v.parse(auth, {}));
