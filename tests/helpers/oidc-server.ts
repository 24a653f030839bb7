/** A real authorization server of somebody else (oidc-provider on a port of its own), where whoever comes is signed in as alice and agrees. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OidcServer {
  readonly url: string;
  /** Scopes of each token that was issued, in order. */
  readonly issued: string[];
  stop(): Promise<void>;
}

export const SERVICE = { id: 'a-service', secret: 'a-secret-of-a-service-that-is-long' };
export const APP = { id: 'an-app', redirect: 'http://127.0.0.1:9/callback' };
const SCOPES = 'tools:ping tools:read tools:execute';

export async function startOidcServer(): Promise<OidcServer> {
  const { Provider } = await import('oidc-provider');
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issued: string[] = [];
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const provider = new Provider(url, {
    jwks: { keys: [{ ...jwk, kid: 'one', use: 'sig', alg: 'ES256' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      { client_id: SERVICE.id, client_secret: SERVICE.secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: SCOPES },
      {
        client_id: APP.id,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [APP.redirect],
        response_types: ['code'],
        application_type: 'native',
        scope: `openid offline_access ${SCOPES}`,
      },
    ],
    scopes: ['openid', 'offline_access', ...SCOPES.split(' ')],
    cookies: { keys: ['a key for cookies'] },
    ttl: { ClientCredentials: 300, Interaction: 300, Session: 300, Grant: 300, AccessToken: 300, AuthorizationCode: 60, RefreshToken: 300 },
    pkce: { required: () => true },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: SCOPES,
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  provider.silent = true;
  for (const event of ['access_token.issued', 'client_credentials.issued'])
    provider.on(event, (token) => issued.push(String((token as { scope?: unknown }).scope)));
  const handle = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) {
      void handle(request, response);
      return;
    }
    void provider.interactionDetails(request, response).then(async ({ prompt, params, grantId }) => {
      if (prompt.name === 'login') {
        await provider.interactionFinished(request, response, { login: { accountId: 'alice' } }, { mergeWithLastSubmission: false });
        return;
      }
      const grant =
        (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
        new provider.Grant({ accountId: 'alice', clientId: String(params['client_id']) });
      grant.addOIDCScope(`openid offline_access ${String(params['scope'])}`);
      grant.addResourceScope(String(params['resource']), String(params['scope']));
      await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    });
  });
  return {
    url,
    issued,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a browser does between the request and the application: follows redirects with cookies. The code that comes back. */
export async function walkThrough(start: URL): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let at = start;
  for (let step = 0; step < 12; step += 1) {
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`no way on from ${at.href}: ${answer.status} ${await answer.text()}`);
    at = new URL(location, at);
    if (at.href.startsWith(APP.redirect)) return at.searchParams;
  }
  throw new Error('too many redirects');
}
