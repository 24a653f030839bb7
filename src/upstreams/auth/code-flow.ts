/** @module upstreams/auth/code-flow: a person signs in: authorization code with PKCE. */
import { createHash, randomBytes } from 'node:crypto';
import type { SignIn } from '../../contracts/upstream-auth.ts';
import type { Scope } from '../../core/scope.ts';
import type { OwnClient } from './credential.ts';
import { authFailed } from './failures.ts';
import { invalid, type ServerMetadata } from './metadata.ts';
import { wordsOf } from './own-client.ts';

/** What is asked for. */
export interface CodeRequest {
  readonly server: ServerMetadata;
  readonly client: OwnClient;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/**
 * Parameters of the token request, after the person has said yes.
 *
 * @throws AppError UPSTREAM_AUTH_INVALID for a server without PKCE, or an answer that is not the one that was asked for; UPSTREAM_AUTH_FAILED when it says no; as SignIn.ask
 * @see RFC 6749 section 4.1, RFC 7636, RFC 9207, RFC 8707
 */
export async function askForCode({ server, client, resource, scopes }: CodeRequest, signIn: SignIn, scope: Scope): Promise<Record<string, string>> {
  const { authorizationEndpoint, isPkceSupported } = server;
  const url = URL.parse(authorizationEndpoint ?? '');
  // The person's browser goes there: no other scheme than those that pages have.
  const isSecure = url?.protocol === 'https:' || (url !== null && isLoopback(url) && isLoopback(new URL(server.issuer)));
  if (!url || !isSecure) throw invalid('The authorization server names no page to sign in on, or one that is not secure.');
  if (!isPkceSupported) throw invalid('The authorization server does not say that it supports PKCE (S256), without which codes can be stolen.');
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: signIn.redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    // Without consent many servers give no refresh token. @see OpenID Connect Core 1.0 section 11
    ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const code = readAnswer(await signIn.ask(url.href, scope), state, server);
  return { grant_type: 'authorization_code', code, redirect_uri: signIn.redirectUri, code_verifier: verifier, resource };
}

function readAnswer(answer: URLSearchParams, state: string, { issuer, sendsIssuer }: ServerMetadata): string {
  if (answer.get('state') !== state) throw invalid('The answer to the sign-in is not to the question that was asked.');
  // Compared as it stands: two spellings of one address are two issuers.
  const named = answer.get('iss');
  if (named === null ? sendsIssuer : named !== issuer)
    throw invalid('The answer to the sign-in comes from another authorization server, or does not say from which.');
  const code = answer.get('code');
  if (code !== null && code !== '') return code;
  throw authFailed(`The sign-in was refused${wordsOf(Object.fromEntries(answer))}.`);
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
