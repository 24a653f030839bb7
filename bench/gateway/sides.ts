/** Our gateway with both upstreams behind it, and the upstream over HTTP for itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import { type BenchHome, createHome } from '../home.ts';
import { type RunningServer, startServer } from '../servers.ts';
import { postOf, stdioEntry, stdioUpstream, type UpstreamPlaces } from './traffic.ts';
import { serveConfigured } from '../serve.ts';

/** What runs. */
export interface Sides {
  readonly home: BenchHome;
  readonly places: UpstreamPlaces;
  readonly upstream: RunningServer;
  readonly ours: RunningServer;
  /** Bytes of a call to the upstream itself. */
  readonly direct: string;
  /** Bytes of the same call through the gateway, key included, to the upstream over HTTP. */
  readonly through: string;
  /** The same to the upstream over stdio. */
  readonly throughStdio: string;
  stop(): Promise<void>;
}

/** Starts `serve` with these upstreams in its configuration and everything else as shipped, only rates raised and lists whole. */
export const startOurs = (home: BenchHome, upstreams: object): Promise<RunningServer> => serveConfigured(home, { upstreams, toolSearch: { mode: 'never' } });

/** Key of the administrator of this home. */
export function adminKey(home: BenchHome): string {
  return readFileSync(join(home.folder, 'admin.key'), 'utf8').trim();
}

/** Sends one MCP request to the gateway; its result. */
export async function ask(port: number, key: string, method: string, params: object = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { readonly result?: Record<string, unknown>; readonly error?: unknown };
  if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

/** Every tool, page by page. */
export async function listTools(port: number, key: string): Promise<readonly { readonly name: string }[]> {
  const tools: { readonly name: string }[] = [];
  for (let cursor: unknown; ; ) {
    const page = await ask(port, key, 'tools/list', cursor === undefined ? {} : { cursor });
    tools.push(...(page['tools'] as { readonly name: string }[]));
    cursor = page['nextCursor'];
    if (cursor === undefined) return tools;
  }
}

/** Waits until so many tools of upstreams are listed. */
export async function untilTools(port: number, key: string, count: number): Promise<void> {
  for (const deadline = performance.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = (await listTools(port, key)).filter(({ name }) => name.startsWith('up')).length;
    if (found >= count) return;
    if (performance.now() > deadline) throw new Error(`${found} of ${count} tools of upstreams are listed`);
  }
}

/** Starts them. */
export async function startSides(): Promise<Sides> {
  const home = createHome({ isRaised: true });
  const upstream = await startServer([process.execPath, join(root, 'bench/gateway/upstream-http.ts'), 'PORT']);
  const places: UpstreamPlaces = { stdio: stdioUpstream(), http: `http://127.0.0.1:${upstream.port}/mcp` };
  let ours: RunningServer | undefined;
  const stop = async (): Promise<void> => {
    await ours?.stop();
    await upstream.stop();
    home.remove();
  };
  try {
    ours = await startOurs(home, { up_http: { transport: 'http', url: places.http, pins: 'off' }, up_stdio: stdioEntry(places.stdio) });
    const key = adminKey(home);
    await untilTools(ours.port, key, 2);
    const { port } = ours;
    return {
      home,
      places,
      upstream,
      ours,
      direct: postOf(upstream.port, '/mcp', 'echo'),
      through: postOf(port, '/mcp', 'up_http__echo', { key }),
      throughStdio: postOf(port, '/mcp', 'up_stdio__echo', { key }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
