/** The two servers, each behind a real socket. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { type App, createApp } from '../../../src/app/app.ts';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import { BUILTIN_TOOLS } from '../../helpers/builtin-tools.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { ownPrompts, ownResources, ownTools, referenceServer } from './fixture.ts';

export interface Endpoint {
  readonly port: number;
  /** Sent with every request. */
  readonly headers: readonly (readonly [string, string])[];
  stop(): Promise<void>;
}

const PLENTY = 10_000_000;

/** A gateway that runs. */
export interface Shipped extends Endpoint {
  readonly app: App;
  readonly home: string;
  readonly log: readonly string[];
}

/** What may be different. */
export interface ShippedOptions {
  readonly tools?: readonly ToolDefinition[];
  readonly limits?: Readonly<Record<string, unknown>>;
}

/** The gateway as it is shipped, with the fixture instead of its own tools, and rates that nobody reaches. */
export async function startShipped({ tools = [], limits = {} }: ShippedOptions = {}): Promise<Shipped> {
  const home = mkdtempSync(join(tmpdir(), 'sy-differential-'));
  const log: string[] = [];
  const app = createApp({
    home,
    cwd: home,
    env: {},
    doors: ['http'],
    logger: memoryLogger(log),
    isWatching: false,
    tools: [...ownTools, ...tools],
    resources: ownResources,
    prompts: ownPrompts,
    config: {
      server: { port: 0 },
      tools: { disabled: BUILTIN_TOOLS },
      limits: { roles: { admin: PLENTY, developer: PLENTY }, sessions: { max: 100_000 }, ...limits },
    },
  });
  await app.start();
  const own = new Set(ownResources.map(({ uri }) => uri));
  for (const { definition } of app.targets.tools.list('resources'))
    if (!own.has(String(definition['uri']))) app.targets.tools.unregisterResource(String(definition['uri']));
  const { url, adminKeyFile } = app.endpoints();
  const key = readFileSync(adminKeyFile, 'utf8').trim();
  return {
    app,
    home,
    port: Number(new URL(url).port),
    headers: [['Authorization', `Bearer ${key}`]],
    log,
    async stop() {
      await app.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The official SDK's handler behind node:http. */
export async function startReference(): Promise<Endpoint> {
  const { fetch: answer, close } = createMcpHandler(() => referenceServer(), { legacy: 'stateless' });
  const server = createServer((request, response) => {
    void bridge(request, response, answer).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    headers: [],
    async stop() {
      await close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bridge(request: IncomingMessage, response: ServerResponse, answer: (request: Request) => Promise<Response>): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) for (const each of [value ?? []].flat()) headers.append(name, each);
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const given = await answer(
    new Request(`http://localhost${request.url ?? '/'}`, { method: request.method ?? 'GET', headers, ...(hasBody ? { body: Buffer.concat(pieces) } : {}) }),
  );
  response.writeHead(given.status, Object.fromEntries(given.headers));
  response.end(Buffer.from(await given.arrayBuffer()));
}
