/** A real authorization server (oidc-provider) and an MCP server that takes its tokens, both on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/core/json.ts';

/** What the package has, as far as it is used here: it ships no types. */
interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown;
  interactionDetails(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ prompt: { name: string }; params: JsonObject; session?: { accountId: string }; grantId?: string }>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: JsonObject, options?: JsonObject): Promise<void>;
  on(
    event: string,
    listener: (ctx: {
      readonly oidc: { readonly params?: JsonObject; readonly entities: { readonly Client: { readonly redirectUris: readonly string[] } } };
    }) => void,
  ): void;
  readonly Grant: { new (facts: JsonObject): Grant; find(id: string): Promise<Grant | undefined> };
  readonly AccessToken: TokenKind;
  readonly ClientCredentials: TokenKind;
  readonly RefreshToken: TokenKind;
}
interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
  destroy(): Promise<void>;
}
interface StoredToken {
  readonly isValid: boolean;
  readonly scope?: string;
  readonly grantId?: string;
  destroy(): Promise<void>;
}
interface TokenKind {
  find(value: string): Promise<StoredToken | undefined>;
}

export interface OAuthUpstream {
  /** Of the MCP server. */
  readonly url: string;
  readonly issuer: string;
  readonly provider: Provider;
  /** What reached the MCP server. */
  readonly requests: { readonly method: string; readonly authorization: string | undefined; readonly headers: IncomingMessage['headers'] }[];
  /** Token requests by grant type. */
  readonly grants: string[];
  /** Redirect URIs that clients registered. */
  readonly registrations: string[];
  /** Scopes a call needs beside those of the list. */
  callScope: string | undefined;
  /** How a refusal begins. */
  challengePath: string | undefined;
  /** Ends the authorization server; its address answers no more. */
  stopIssuer(): Promise<void>;
  stop(): Promise<void>;
}

export interface OAuthUpstreamOptions {
  readonly clients?: readonly JsonObject[];
  readonly accessTokenSeconds?: number;
  readonly hasRefresh?: boolean;
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const end = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

/** Signs everybody in, and grants what is asked for. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') return await provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
    new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope'] ?? ''));
  grant.addResourceScope(String(params['resource']), String(params['scope'] ?? ''));
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

function configurationFor(resource: () => string, { clients = [], accessTokenSeconds = 3600, hasRefresh = true }: OAuthUpstreamOptions): JsonObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    clients: [...clients],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['test'] },
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx: unknown, { uid }: { readonly uid: string }) => `/agree/${uid}` },
    scopes: ['openid', 'offline_access', 'mcp:read', 'mcp:write'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => Promise.resolve(hasRefresh),
    ttl: { AccessToken: accessTokenSeconds, ClientCredentials: accessTokenSeconds, RefreshToken: 86_400, Grant: 86_400, Session: 86_400, Interaction: 600 },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'mcp:read mcp:write', audience: resource(), accessTokenFormat: 'opaque', accessTokenTTL: accessTokenSeconds }),
        useGrantedResource: () => true,
      },
    },
  };
}

/** Starts both. */
export async function startOAuthUpstream(options: OAuthUpstreamOptions = {}): Promise<OAuthUpstream> {
  const state: { provider?: Provider; url: string } = { url: '' };
  const grants: string[] = [];
  const issuerServer = createServer((request, response) => {
    const { provider } = state;
    if (!provider) return;
    if (request.url?.startsWith('/agree/')) agree(provider, request, response).catch((failure: unknown) => response.writeHead(500).end(String(failure)));
    else void provider.callback()(request, response);
  });
  const issuer = `http://127.0.0.1:${await listen(issuerServer)}`;
  // Not a literal: the package ships no types.
  const { default: ProviderOf } = (await import(String('oidc-provider'))) as { readonly default: new (issuer: string, configuration: JsonObject) => Provider };
  const { warn } = console;
  // That its memory is meant for development is what is wanted here.
  console.warn = () => undefined;
  const provider = new ProviderOf(
    issuer,
    configurationFor(() => state.url, options),
  );
  console.warn = warn;
  state.provider = provider;
  provider.on('grant.success', ({ oidc }) => grants.push(String(oidc.params?.['grant_type'])));

  const registrations: string[] = [];
  provider.on('registration_create.success', ({ oidc }) => registrations.push(...oidc.entities.Client.redirectUris));
  const requests: OAuthUpstream['requests'] = [];
  const upstream: OAuthUpstream = {
    get url() {
      return state.url;
    },
    issuer,
    provider,
    requests,
    grants,
    registrations,
    callScope: undefined,
    challengePath: '/.well-known/oauth-protected-resource/mcp',
    stopIssuer: () => end(issuerServer),
    async stop() {
      await Promise.all([end(issuerServer), end(server)]);
    },
  };
  const server = createServer((request, response) => void serve(upstream, request, response));
  state.url = `http://127.0.0.1:${await listen(server)}/mcp`;
  return upstream;
}

async function serve(upstream: OAuthUpstream, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (status: number, body: JsonObject, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  if (request.url === '/.well-known/oauth-protected-resource/mcp') {
    return json(200, { resource: upstream.url, authorization_servers: [upstream.issuer], scopes_supported: ['mcp:read'] });
  }
  if (request.method !== 'POST' || request.url !== '/mcp') return json(404, {});
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { id, method, params } = JSON.parse(Buffer.concat(pieces).toString()) as { readonly id: number; readonly method: string; readonly params: JsonObject };
  const { authorization } = request.headers;
  upstream.requests.push({ method, authorization, headers: request.headers });
  const value = authorization?.replace(/^(?:Bearer|DPoP) /, '') ?? '';
  const token = (await upstream.provider.AccessToken.find(value)) ?? (await upstream.provider.ClientCredentials.find(value));
  const where = upstream.challengePath === undefined ? '' : `resource_metadata="${new URL(upstream.challengePath, upstream.url).href}", `;
  if (!token?.isValid) return json(401, { error: 'invalid_token' }, { 'www-authenticate': `Bearer ${where}scope="mcp:read"` });
  const { callScope } = upstream;
  if (method === 'tools/call' && callScope !== undefined && !token.scope?.split(' ').includes(callScope)) {
    return json(403, { error: 'insufficient_scope' }, { 'www-authenticate': `Bearer ${where}error="insufficient_scope", scope="${callScope}"` });
  }
  return json(200, { jsonrpc: '2.0', id, result: { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...answerTo(method, params) } });
}

function answerTo(method: string, { arguments: given }: JsonObject): JsonObject {
  switch (method) {
    case 'server/discover':
      return { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 'guarded', version: '1' } };
    case 'tools/list':
      return { tools: [{ name: 'echo', description: 'Says it again', inputSchema: { type: 'object' } }] };
    default:
      return { content: [{ type: 'text', text: JSON.stringify(given ?? {}) }] };
  }
}

/** A browser that follows every redirect and keeps cookies; ends at the redirect URI of the client. */
export async function browse(address: string): Promise<void> {
  const cookies = new Map<string, string>();
  let url = address;
  for (let hop = 0; hop < 20; hop += 1) {
    const page = await fetch(url, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    for (const line of page.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      cookies.set(name, value);
    }
    const next = page.headers.get('location');
    await page.text();
    if (next === null) return;
    url = new URL(next, url).href;
  }
}
