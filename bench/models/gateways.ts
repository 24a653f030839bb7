/** Every side of the benchmark, running: no gateway, the floor, ours, the others. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../tools/paths.ts';
import { type BenchHome, createHome } from '../home.ts';
import { freePort } from '../../tests/helpers/free-port.ts';
import { type RunningServer, startServer, stopChild } from '../servers.ts';
import { MODEL, requestBody } from './payloads.ts';
import { installPeerGateways, type PeerGateway } from './peers.ts';
import { serveConfigured } from '../serve.ts';

/** One side: where its clients go, and with which bytes. */
export interface Side {
  readonly name: 'direct' | 'floor' | 'ours' | 'portkey' | 'litellm';
  readonly version: string;
  /** Null where there is no gateway. */
  readonly pid: number | null;
  readonly port: number;
  readonly plain: string;
  readonly stream: string;
}

/** Everything that runs. */
export interface Sides {
  readonly sides: readonly Side[];
  /** Gateways that could not take part, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
  /** Requests that reached the provider: what is missing there was made up or kept. */
  countAtProvider(): Promise<number>;
  /** Stops ours, so that all is written, and counts the outcomes of calls with `ok`, of the client's and of the attempts. */
  countOutcomes(): Promise<{ readonly calls: number; readonly attempts: number }>;
  stop(): Promise<void>;
}

const PEER_READY_MS = 90_000;
/** Only what counts calls per minute is raised, by configuration; nothing is switched off. */
const RAISED = { roles: { admin: 10_000_000, developer: 10_000_000 }, classes: { model: 10_000_000 } };

function http(port: number, body: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) });
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

function side(
  name: Side['name'],
  version: string,
  server: Pick<RunningServer, 'port'> & { readonly pid: number | null },
  headers: Side['plain'] | Readonly<Record<string, string>>,
): Side {
  const sent = typeof headers === 'string' ? { authorization: `Bearer ${headers}` } : headers;
  const { pid, port } = server;
  return { name, version, pid, port, plain: http(port, requestBody(MODEL, false), sent), stream: http(port, requestBody(MODEL, true), sent) };
}

async function startUpstream(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const port = await freePort();
  const child = fork(join(root, 'bench/models/upstream.ts'), [String(port)]);
  for (let attempt = 0; !(await isListening(port)); attempt += 1) {
    if (attempt > 500) throw new Error('the provider did not start');
    await sleep(20);
  }
  return { child, port };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)])
    .catch(() => false)
    .finally(() => socket.destroy());
}

/** A peer is ready when a call through it succeeds. */
async function startPeer({ command, env, headers }: PeerGateway): Promise<RunningServer> {
  const isReady = (port: number): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: requestBody(MODEL, false),
      signal: AbortSignal.timeout(5000),
    }).then(
      async (response) => {
        await response.text();
        return response.status === 200;
      },
      () => false,
    );
  return await startServer(command, env, isReady, PEER_READY_MS);
}

const startOurs = (home: BenchHome, origin: string): Promise<RunningServer> => {
  const providers = { bench: { kind: 'openai-compatible', baseUrl: `${origin}/v1`, apiKey: 'upstream-key', models: [MODEL] } };
  return serveConfigured(home, { models: { providers }, limits: RAISED });
};

function countOutcomes(folder: string): { calls: number; attempts: number } {
  const found = { calls: 0, attempts: 0 };
  for (const file of globSync(join(folder, 'audit/**/*.jsonl'))) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (!line.includes('"phase":"outcome"') || !line.includes('"outcome":"ok"')) continue;
      if (line.includes(`"target":"model:${MODEL}"`)) found.calls += 1;
      else if (line.includes(`"target":"model:bench/${MODEL}"`)) found.attempts += 1;
    }
  }
  return found;
}

/** Starts them. @param withPeers install and start the other gateways too */
export async function startSides(withPeers: boolean): Promise<Sides> {
  const home = createHome();
  const upstream = await startUpstream();
  const origin = `http://127.0.0.1:${upstream.port}`;
  const running: RunningServer[] = [];
  const stop = async (): Promise<void> => {
    for (const server of running) await server.stop();
    await stopChild(upstream.child);
    home.remove();
  };
  try {
    const floor = await startServer([process.execPath, join(root, 'bench/models/floor-proxy.ts'), 'PORT', origin]);
    running.push(floor);
    const ours = await startOurs(home, origin);
    running.push(ours);
    const key = readFileSync(join(home.folder, 'admin.key'), 'utf8').trim();
    const sides = [
      side('direct', 'no gateway', { port: upstream.port, pid: null }, 'upstream-key'),
      side('floor', 'node:http and undici', floor, key),
      side('ours', 'this gateway', ours, key),
    ];
    const { present, absent } = withPeers ? installPeerGateways(origin, MODEL, home.workspace) : { present: [], absent: { peers: 'not asked for' } };
    const missing: Record<string, string> = { ...absent };
    for (const peer of present) {
      try {
        const server = await startPeer(peer);
        running.push(server);
        sides.push(side(peer.name, peer.version, server, peer.headers));
      } catch (error) {
        missing[peer.version] = error instanceof Error ? error.message : String(error);
      }
    }
    return {
      sides,
      absent: missing,
      async countAtProvider() {
        const told = once(upstream.child, 'message') as Promise<[number]>;
        upstream.child.send('count');
        return (await told)[0];
      },
      async countOutcomes() {
        await ours.stop();
        return countOutcomes(home.folder);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
