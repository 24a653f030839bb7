/** Other gateways for MCP servers: installed at bench time from the manifests in this folder, and how each is started and called. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../tools/paths.ts';
import { type RunningServer, startServer } from '../servers.ts';
import { MESSAGE, postOf, type UpstreamPlaces } from './traffic.ts';
import { installNode, installPython, pythonIn, versionIn } from '../install.ts';

const folder = join(root, 'bench/gateway');
const READY_MS = 90_000;

/** A gateway that runs with one upstream behind it. */
export interface RunningPeer {
  readonly name: string;
  readonly version: string;
  /** Which of the two upstreams stands behind it. */
  readonly upstream: 'stdio' | 'http';
  readonly server: RunningServer;
  /** Bytes of one call. */
  readonly request: string;
}

/** Those that run, and why the others do not. */
export interface Peers {
  readonly running: readonly RunningPeer[];
  readonly absent: Readonly<Record<string, string>>;
}

/** Whether a call through it is answered with its message. */
const answersCalls =
  (requestOf: (port: number) => string) =>
  async (port: number): Promise<boolean> => {
    const [head = '', body = ''] = requestOf(port).split('\r\n\r\n');
    const [line = '', ...fields] = head.split('\r\n');
    const headers = fields.map((field) => field.split(': ')).filter(([name = '']) => !/^(host|connection|content-length)$/i.test(name));
    try {
      const response = await fetch(`http://127.0.0.1:${port}${line.split(' ')[1]}`, {
        method: 'POST',
        headers: headers as [string, string][],
        body,
        signal: AbortSignal.timeout(5000),
      });
      return response.status === 200 && (await response.text()).includes(MESSAGE);
    } catch {
      return false;
    }
  };

/** One server behind it: stdio in, Streamable HTTP without sessions out. */
async function startMcpProxy({ stdio }: UpstreamPlaces): Promise<RunningPeer> {
  installNode(folder);
  const requestOf = (port: number): string => postOf(port, '/mcp', 'echo');
  const command = ['--port', 'PORT', '--host', '127.0.0.1', '--server', 'stream', '--stateless', '--', ...stdio];
  const server = await startServer(
    [process.execPath, join(folder, 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs'), ...command],
    process.env,
    answersCalls(requestOf),
    READY_MS,
  );
  return { name: 'mcpProxy', version: `mcp-proxy ${versionIn(folder, 'mcp-proxy')}`, upstream: 'stdio', server, request: requestOf(server.port) };
}

/** Many servers behind it. Called by its REST interface: its endpoint for MCP is the transport of 2024, which costs it more. */
async function startMcpHub({ http }: UpstreamPlaces, scratch: string): Promise<RunningPeer> {
  installNode(folder);
  const config = join(scratch, 'mcp-hub.json');
  writeFileSync(config, JSON.stringify({ mcpServers: { up: { url: http } } }));
  const body = JSON.stringify({ server_name: 'up', tool: 'echo', arguments: { message: MESSAGE } });
  const requestOf = (port: number): string => postOf(port, '/api/servers/tools', 'echo', { body });
  const command = [process.execPath, join(folder, 'node_modules/mcp-hub/dist/cli.js'), '--port', 'PORT', '--config', config];
  const server = await startServer(command, { ...process.env, XDG_STATE_HOME: scratch }, answersCalls(requestOf), READY_MS);
  return { name: 'mcpHub', version: `mcp-hub ${versionIn(folder, 'mcp-hub')}`, upstream: 'http', server, request: requestOf(server.port) };
}

/** One worker on SQLite, its rates raised as ours are, identity on, its log at errors alone. */
async function startContextForge({ http }: UpstreamPlaces, scratch: string): Promise<RunningPeer> {
  const version = `mcp-contextforge-gateway ${installPython(folder, 'mcp-contextforge-gateway')}`;
  const secret = randomBytes(32).toString('hex');
  const password = `Aa1!${randomBytes(12).toString('hex')}`;
  const env = {
    ...process.env,
    ...{ JWT_SECRET_KEY: secret, AUTH_ENCRYPTION_SECRET: secret, PLATFORM_ADMIN_PASSWORD: password, BASIC_AUTH_PASSWORD: password },
    ...{ DATABASE_URL: `sqlite:///${join(scratch, 'contextforge.db')}`, MCPGATEWAY_UI_ENABLED: 'false', LOG_LEVEL: 'ERROR', HOST: '127.0.0.1' },
    ...{ SSRF_ALLOW_LOCALHOST: 'true', SSRF_ALLOW_PRIVATE_NETWORKS: 'true', TOOL_RATE_LIMIT: '1000000', RATE_LIMITING_ENABLED: 'false' },
  };
  const program = [join(folder, '.venv/bin/mcpgateway'), 'mcpgateway.main:app', '--host', '127.0.0.1', '--port', 'PORT', '--workers', '1'];
  const server = await startServer(program, env, isHealthy, READY_MS);
  try {
    const parameters = ['-m', 'mcpgateway.utils.create_jwt_token', '--username', 'admin@example.com', '--exp', '600', '--admin', '--secret', secret];
    const token = execFileSync(pythonIn(folder), parameters, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')
      .at(-1);
    const registered = await fetch(`http://127.0.0.1:${server.port}/gateways`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'up', url: http, transport: 'STREAMABLEHTTP' }),
    });
    if (!registered.ok) throw new Error(`it does not take the upstream: ${(await registered.text()).slice(0, 200)}`);
    const requestOf = (port: number): string => postOf(port, '/mcp/', 'up-echo', { key: token });
    await until(() => answersCalls(requestOf)(server.port));
    return { name: 'contextForge', version, upstream: 'http', server, request: requestOf(server.port) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function isHealthy(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + READY_MS; !(await condition()); await sleep(200)) {
    if (performance.now() > deadline) throw new Error('no call through it succeeds');
  }
}

/** @param scratch folder for their files */
export async function startPeers(places: UpstreamPlaces, scratch: string): Promise<Peers> {
  const running: RunningPeer[] = [];
  const absent: Record<string, string> = {};
  for (const [name, start] of [
    ['mcp-proxy', startMcpProxy],
    ['mcp-hub', startMcpHub],
    ['ContextForge', startContextForge],
  ] as const) {
    try {
      running.push(await start(places, scratch));
    } catch (error) {
      absent[name] = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    }
  }
  return { running, absent };
}
