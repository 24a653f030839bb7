/** A gateway in this process with other MCP servers behind it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import type { ComponentStatus } from '../../src/contracts/status.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { root } from '../../tools/paths.ts';
import { recordsOf } from './audit-files.ts';
import { memoryLogger } from './edge.ts';
import { until } from './until.ts';

export interface UpstreamGateway {
  readonly app: App;
  readonly url: string;
  readonly key: string;
  readonly home: string;
  readonly log: readonly string[];
  status(name: string): Promise<ComponentStatus | undefined>;
  /** Waits until all of them are up. @throws Error when one is not within 20 seconds */
  untilUp(...names: readonly string[]): Promise<void>;
  /** Every record of the audit log, oldest first. */
  records(): JsonObject[];
  stop(): Promise<void>;
}

export interface UpstreamGatewayOptions {
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: JsonObject;
}

/** A good server over stdio: the product's own core with the conformance fixture. */
export const GOOD = { transport: 'stdio', command: process.execPath, args: [join(root, 'tests/helpers/mcp-stdio-server.ts')] } as const;

/** A server that behaves as its mode says; see tests/helpers/bad-upstream.mjs. */
export const bad = (mode: string, ...more: readonly string[]): JsonObject => ({
  transport: 'stdio',
  command: process.execPath,
  args: [join(root, 'tests/helpers/bad-upstream.mjs'), mode, ...more],
});

/** Starts it; waits for no upstream. Lists are whole, whatever they cost. */
export async function startUpstreamGateway(upstreams: Readonly<Record<string, JsonObject>>, options: UpstreamGatewayOptions = {}): Promise<UpstreamGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-upstreams-'));
  const home = options.home ?? join(folder, 'home');
  const log: string[] = [];
  const app = createApp({
    home,
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...options.env },
    doors: ['http'],
    isWatching: false,
    logger: memoryLogger(log),
    config: { server: { port: 0 }, limits: { roles: { admin: 1_000_000 } }, upstreams, toolSearch: { mode: 'never' }, ...options.config },
  });
  await app.start();
  const { url } = app.endpoints();
  const status: UpstreamGateway['status'] = async (name) => (await app.targets.platform.report()).upstreams.find((component) => component.name === name);
  return {
    app,
    url: `${url}/mcp`,
    key: readFileSync(join(home, 'admin.key'), 'utf8').trim(),
    home,
    log,
    status,
    async untilUp(...names) {
      for (const name of names) await until(async () => (await status(name))?.state === 'up', `${name} is up`, 20_000);
    },
    records: () => recordsOf(home),
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A gateway on a configuration file, which it watches; its home is made beside the file. Stopped by its app. */
export async function startWatchingGateway(configFile: string): Promise<Pick<UpstreamGateway, 'app' | 'url' | 'key'>> {
  const folder = dirname(configFile);
  const home = join(folder, 'home');
  const app = createApp({ home, cwd: folder, env: { PATH: process.env['PATH'] }, configFile, doors: ['http'], isWatching: true, logger: memoryLogger([]) });
  await app.start();
  return { app, url: `${app.endpoints().url}/mcp`, key: readFileSync(join(home, 'admin.key'), 'utf8').trim() };
}
