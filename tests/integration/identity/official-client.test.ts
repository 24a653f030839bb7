/** The official client finds its way from the gateway's challenge to an authorization server of somebody else, and back. */
import { Client, ClientCredentialsProvider, StreamableHTTPClientTransport, UnauthorizedError, type OAuthClientProvider } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP, SERVICE, startOidcServer, walkThrough, type OidcServer } from '../../helpers/oidc-server.ts';
import { startTokenGateway, type TokenGateway } from '../../helpers/token-gateway.ts';

let server: OidcServer;
let gateway: TokenGateway;
beforeAll(async () => {
  server = await startOidcServer();
  gateway = await startTokenGateway({ issuer: { issuer: server.url, defaultRoles: ['developer'] } });
});
afterAll(async () => {
  await gateway.stop();
  await server.stop();
});

const newClient = (): Client => new Client({ name: 'official', version: '1.0.0' }, { capabilities: {} });
const endpoint = (): URL => new URL(`${gateway.url}/mcp`);

/** What an application on somebody's machine keeps. */
function createApplication(): { readonly provider: OAuthClientProvider; readonly wanted: () => URL | undefined } {
  let tokens: Awaited<ReturnType<OAuthClientProvider['tokens']>>;
  let verifier = '';
  let wanted: URL | undefined;
  const provider: OAuthClientProvider = {
    redirectUrl: APP.redirect,
    clientMetadata: {
      client_name: 'an app',
      redirect_uris: [APP.redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => ({ client_id: APP.id, issuer: server.url }),
    tokens: () => tokens,
    saveTokens: (saved) => {
      tokens = saved;
    },
    redirectToAuthorization: (url) => {
      wanted = url;
    },
    saveCodeVerifier: (saved) => {
      verifier = saved;
    },
    codeVerifier: () => verifier,
  };
  return { provider, wanted: () => wanted };
}

describe('A2.l: the official client', () => {
  it('gets client credentials by itself, and a wider token when a call needs one', async () => {
    const provider = new ClientCredentialsProvider({ clientId: SERVICE.id, clientSecret: SERVICE.secret, expectedIssuer: server.url });
    const client = newClient();
    const before = server.issued.length;
    await client.connect(new StreamableHTTPClientTransport(endpoint(), { authProvider: provider }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('mark');
    await client.callTool({ name: 'mark', arguments: { id: 'service' } });
    expect(server.issued.slice(before)).toEqual(['tools:read']);
    await client.callTool({ name: 'mark_execute', arguments: { id: 'service, wider' } });
    expect(server.issued.slice(before)).toEqual(['tools:read', 'tools:read tools:execute']);
    expect(['service', 'service, wider'].map((id) => gateway.marks.has(id))).toEqual([true, true]);
    // What the roles do not give no scope gives.
    await expect(client.callTool({ name: 'mark_admin', arguments: { id: 'service, admin' } })).rejects.toThrow();
    expect(gateway.marks.has('service, admin')).toBe(false);
    await client.close();
  });

  it('sends its person to sign in, and calls with the code that comes back', async () => {
    const { provider, wanted } = createApplication();
    const transport = new StreamableHTTPClientTransport(endpoint(), { authProvider: provider });
    await expect(newClient().connect(transport)).rejects.toThrow(UnauthorizedError);
    const address = wanted();
    expect(address?.searchParams.get('resource')).toBe(`${gateway.url}/mcp`);
    expect(address?.searchParams.get('code_challenge_method')).toBe('S256');
    const answer = await walkThrough(address ?? new URL('about:blank'));
    await transport.finishAuth(answer);
    const client = newClient();
    await client.connect(new StreamableHTTPClientTransport(endpoint(), { authProvider: provider }));
    await client.callTool({ name: 'mark', arguments: { id: 'person' } });
    expect(gateway.marks.has('person')).toBe(true);
    const record = gateway.records().find(({ principal, target }) => target === 'tool:mark' && String(principal).endsWith('#alice'));
    expect(record).toMatchObject({ principal: `jwt:${server.url}#alice`, method: 'jwt' });
    await client.close();
  });

  it('with a wrong secret gets nothing, and calls nothing', async () => {
    const provider = new ClientCredentialsProvider({ clientId: SERVICE.id, clientSecret: 'wrong', expectedIssuer: server.url });
    await expect(newClient().connect(new StreamableHTTPClientTransport(endpoint(), { authProvider: provider }))).rejects.toThrow();
  });
});
