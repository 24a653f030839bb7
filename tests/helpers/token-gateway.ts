/** A gateway that trusts one issuer, the issuer's own server, and a tool whose calls leave a mark. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import type { ToolDefinition } from '../../src/contracts/tool.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { recordsOf } from './audit-files.ts';
import { memoryLogger } from './edge.ts';
import { ALGORITHMS, type Algorithm, createForgeKey, type ForgeKey, type ForgeWorld } from './forge.ts';

/** The issuer's server. */
export interface TestIssuer {
  readonly url: string;
  /** What it publishes; may be changed. */
  keys: JsonObject[];
  /** What it answers instead of documents: a status, or silence. */
  fault: number | 'silent' | undefined;
  /** Paths that were asked for. */
  readonly asked: string[];
  stop(): Promise<void>;
}

export async function startIssuer(keys: readonly JsonObject[] = [], metadata: JsonObject = {}): Promise<TestIssuer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (issuer.fault === 'silent') return;
    response.setHeader('content-type', 'application/json');
    if (issuer.fault !== undefined) {
      response.writeHead(issuer.fault).end('{}');
      return;
    }
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: issuer.keys }));
    else if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, ...metadata }));
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TestIssuer = {
    url,
    keys: [...keys],
    fault: undefined,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

export interface TokenGateway {
  readonly app: App;
  readonly url: string;
  readonly issuer: TestIssuer;
  readonly world: ForgeWorld;
  /** Whoever binds tokens to a key. */
  readonly holder: ForgeKey;
  readonly log: readonly string[];
  /** Ids of the calls that had an effect. */
  readonly marks: Set<string>;
  /** Calls the tool over REST, from a source of its own unless one is given. */
  call(
    id: string,
    headers: Readonly<Record<string, string>>,
    options?: { readonly query?: string; readonly source?: string; readonly tool?: string },
  ): Promise<Response>;
  records(): JsonObject[];
  stop(): Promise<void>;
}

const keysOf = (prefix: string): Readonly<Record<Algorithm, ForgeKey>> =>
  Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, createForgeKey(algorithm, `${prefix}-${algorithm}`)])) as Record<Algorithm, ForgeKey>;

/** @param config laid over identity's issuer entry, or whole sections */
export async function startTokenGateway({
  issuer: own = {},
  published,
  ...config
}: JsonObject & {
  readonly issuer?: JsonObject;
  readonly published?: (keys: Readonly<Record<Algorithm, ForgeKey>>) => readonly JsonObject[];
} = {}): Promise<TokenGateway> {
  const [trusted, attacker] = [keysOf('good'), keysOf('bad')];
  const issuer = await startIssuer([
    ...ALGORITHMS.map((algorithm) => ({ ...trusted[algorithm].jwk, kid: trusted[algorithm].kid, alg: algorithm, use: 'sig' })),
    ...(published?.(trusted) ?? []),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'sy-tokens-'));
  const home = join(folder, 'home');
  const log: string[] = [];
  const marks = new Set<string>();
  const mark = (name: string, scopes: readonly string[]): ToolDefinition => ({
    name,
    description: 'Leaves a mark.',
    input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    scopes,
    handler: (input: unknown) => {
      if (isObject(input)) marks.add(String(input['id']));
      return 'marked';
    },
  });
  /** Runs until it is cancelled. */
  const wait: ToolDefinition = {
    ...mark('wait', ['tools:read']),
    handler: async (input, { signal }) => {
      if (isObject(input)) marks.add(String(input['id']));
      await once(signal, 'abort');
      return 'left';
    },
  };
  const app = createApp({
    home,
    cwd: folder,
    env: {},
    doors: ['http'],
    logger: memoryLogger(log),
    tools: [wait, mark('mark', ['tools:read']), mark('mark_execute', ['tools:execute']), mark('mark_admin', ['admin:full'])],
    config: {
      server: { port: 0, trustedProxy: ['127.0.0.1'] },
      limits: { roles: { user: 1_000_000, admin: 1_000_000 } },
      ...config,
      identity: { issuers: [{ issuer: issuer.url, ...own }], ...(isObject(config['identity']) ? config['identity'] : {}) },
    },
  });
  await app.start();
  const { url } = app.endpoints();
  let sources = 0;
  const tokenUrl = new URL(url);
  return {
    app,
    url,
    issuer,
    holder: createForgeKey('ES256', 'holder'),
    log,
    marks,
    world: {
      issuer: trusted,
      attacker,
      names: {
        base: url,
        issuer: issuer.url,
        port: tokenUrl.port,
        call: `${url}/mcp/v1/tools/mark`,
        goodES256: trusted.ES256.kid,
        goodRS256: trusted.RS256.kid,
      },
      claims: {
        iss: issuer.url,
        aud: `${url}/mcp`,
        sub: 'alice',
        client_id: 'app',
        iat: { $now: -5 },
        exp: { $now: 300 },
        jti: 'token-1',
        scope: 'tools:read',
      },
    },
    async call(id, headers, { query = '', source, tool = 'mark' } = {}) {
      sources += 1;
      return await fetch(`${url}/mcp/v1/tools/${tool}${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': source ?? `2001:db8:${sources.toString(16)}::1`, ...headers },
        body: JSON.stringify({ id }),
      });
    },
    records: () => recordsOf(home),
    async stop() {
      await app.stop();
      await issuer.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
