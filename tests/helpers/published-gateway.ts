/** The gateway with every published server behind it that runs here, and what they need around them. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';
import { connect, type Speaker } from '../integration/mcp/clients.ts';
import { MARK } from './compatibility.ts';
import { installNode } from './on-demand.ts';
import { postgresMissing, startPostgresServer } from './postgres-server.ts';
import { type PublishedServer, publishedServers } from './published-servers.ts';
import { redisPath, startRedisServer } from './redis-server.ts';
import { startUpstreamGateway, type UpstreamGateway } from './upstream-gateway.ts';

/** Everything that runs. */
export interface PublishedGateway {
  /** Those of which `missing` is not set are behind the gateway. */
  readonly servers: readonly PublishedServer[];
  readonly gateway: UpstreamGateway;
  readonly speaker: Speaker;
  stop(): Promise<void>;
}

/** Starts it, or tells why the servers cannot be installed. */
export async function startPublishedGateway(): Promise<PublishedGateway | { readonly missing: string }> {
  const installed = await installNode('published-servers');
  if (installed.missing !== undefined) return { missing: installed.missing };
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sy-published-')));
  const [redis, postgres] = await Promise.all([
    redisPath === undefined ? undefined : startRedisServer(),
    postgresMissing === undefined ? startPostgresServer() : undefined,
  ]);
  const servers = publishedServers({ folder, redisUrl: redis?.url, postgresUrl: postgres?.url });
  const run = ({ name, package: from, program, args = [], env = {} }: PublishedServer): JsonObject => ({
    transport: 'stdio',
    command: process.execPath,
    args: [join(installed.folder, 'node_modules', from, program), ...args],
    cwd: folder,
    env: { ...env, [MARK]: name },
    timeoutMs: 60_000,
  });
  const stopServers = async (): Promise<void> => {
    await Promise.all([redis?.stop(), postgres?.remove()]);
    rmSync(folder, { recursive: true, force: true });
  };
  let gateway: UpstreamGateway | undefined;
  try {
    gateway = await startUpstreamGateway(
      Object.fromEntries(servers.filter(({ missing }) => missing === undefined).map((server) => [server.name, run(server)])),
    );
    const started = { servers, gateway, speaker: await connect('v2 modern', { url: gateway.url, token: gateway.key }) };
    return {
      ...started,
      async stop() {
        await started.speaker.close();
        await started.gateway.stop();
        await stopServers();
      },
    };
  } catch (error) {
    await gateway?.stop();
    await stopServers();
    throw error;
  }
}
