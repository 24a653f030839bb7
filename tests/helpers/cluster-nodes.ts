/** Several gateways of one installation in this process: each with a home of its own, all on one PostgreSQL and one Redis. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { defineTool } from '../../src/tools/define-tool.ts';

const SECRET = 'the same secret on all nodes, 32 or more'.replaceAll(' ', '-');

/** One gateway. */
export interface ClusterNode {
  readonly app: App;
  readonly home: string;
  readonly configFile: string;
  readonly url: string;
  /** Its own admin key, which every node takes where keys are shared. */
  readonly adminKey: string;
  /** Calls a tool over HTTP; the status and the code of the error, `ok` without one. */
  call(
    tool: string,
    key: string,
    input?: JsonObject,
  ): Promise<{ readonly status: number; readonly code: string; readonly headers: Headers; readonly body: JsonObject }>;
  stop(): Promise<void>;
}

/** A tool that goes on, saying nothing, until its call is cancelled. */
const wait = defineTool({
  name: 'wait',
  title: 'Wait',
  description: 'Waits until it is cancelled.',
  scopes: ['tools:read'],
  annotations: { readOnlyHint: true },
  handler: (_input, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
});

/** Asks the client for a name, whichever node answers. */
const greet = defineTool({
  name: 'greet',
  title: 'Greet',
  description: 'Asks who it is.',
  scopes: ['tools:read'],
  annotations: { readOnlyHint: true },
  handler: async (_input, { elicit }) => {
    const answer = await elicit('name', 'Who?', { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] });
    return { greeting: `Hello ${String(answer.content?.['name'])}` };
  },
});

/** Tells of its progress and ends when the test says so. */
export const gates: { release: (() => void)[] } = { release: [] };
const gated = defineTool({
  name: 'gated',
  title: 'Gated',
  description: 'Reports progress, then waits for the test.',
  scopes: ['tools:read'],
  annotations: { readOnlyHint: true },
  handler: async (_input, context) => {
    await context.progress(1, 2, 'begun');
    await new Promise<void>((resolve, reject) => {
      gates.release.push(resolve);
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true });
    });
    return { done: true };
  },
});

/** @param config merged over what every node has: any port, no models, quick stop */
export async function startNode(config: JsonObject): Promise<ClusterNode> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-node-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const configFile = join(folder, 'switchyard.json');
  const limits = isObject(config['limits']) ? config['limits'] : {};
  const own = { server: { port: 0 }, log: { level: 'error' }, models: { wellKnownProviders: false }, ...config, limits: { drainSeconds: 0, ...limits } };
  writeFileSync(configFile, JSON.stringify(own));
  const silent = { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const app = createApp({ home, configFile, cwd: folder, env: {}, doors: ['http'], isWatching: false, tools: [wait, greet, gated], logger: silent });
  await app.start();
  const { url } = app.endpoints();
  return {
    app,
    home,
    configFile,
    url,
    adminKey: readFileSync(join(home, 'admin.key'), 'utf8').trim(),
    call: async (tool, key, input = {}) => {
      const response = await fetch(`${url}/mcp/v1/tools/${tool}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      const body: unknown = await response.json();
      const found = isObject(body) ? body : {};
      const { error } = found;
      return { status: response.status, headers: response.headers, body: found, code: isObject(error) ? String(error['code']) : 'ok' };
    },
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What nodes that share both servers are configured with. */
export function sharing({
  postgresUrl,
  schema,
  redisUrl,
}: {
  readonly postgresUrl?: string;
  readonly schema?: string;
  readonly redisUrl?: string;
}): JsonObject {
  return {
    ...(postgresUrl === undefined ? {} : { storage: { driver: 'postgres', url: postgresUrl, schema: schema ?? 'switchyard', timeoutMs: 1000 } }),
    cluster: { secret: SECRET, ...(redisUrl === undefined ? {} : { redis: { url: redisUrl } }) },
  };
}
