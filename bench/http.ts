/** F2: one tool call over HTTP, against the floor and the peers, all in the same rounds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/paths.ts';
import { createHome } from './home.ts';
import type { LoadResult } from './load.ts';
import { cpuMicros, rssMb } from './measure.ts';
import { httpCall } from './mcp-client.ts';
import { createLoadGenerator, type Peer, type RunningServer, startServer } from './servers.ts';
import { startServe } from './serve.ts';

/** One kind of traffic to one server, round by round. */
export interface HttpSeries {
  readonly name: string;
  readonly cpuUs: number[];
  readonly requestsPerSecond: number[];
  readonly p50Us: number[];
  readonly p99Us: number[];
}

/** All series and what the audit trail says about ours. */
export interface HttpResult {
  readonly series: Readonly<Record<string, HttpSeries>>;
  readonly sent: number;
  readonly recorded: number;
  readonly rssMbAfterLoad: number;
  /** Peers that could not take part, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

const CONNECTIONS = 16;
const MESSAGE = 'hello from the benchmark';

interface Lane {
  readonly series: HttpSeries;
  readonly server: RunningServer;
  readonly request: string;
}

function lane(name: string, server: RunningServer, request: string): Lane {
  return { series: { name, cpuUs: [], requestsPerSecond: [], p50Us: [], p99Us: [] }, server, request };
}

/** Lanes of the peers that start; the others with their reason. */
async function startPeers(peers: readonly Peer[], absent: Record<string, string>): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const { name, era, http } of peers) {
    try {
      const server = await startServer(http);
      lanes.push(lane(name, server, httpCall(era, server.port)));
    } catch (error) {
      absent[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return lanes;
}

/** Runs interleaved rounds of every lane; the first is for warming up. @throws Error on a single wrong answer */
async function runRounds(lanes: readonly Lane[], rounds: number, durationMs: number): Promise<Map<string, number>> {
  const generator = createLoadGenerator();
  const sent = new Map<string, number>();
  try {
    for (let round = -1; round < rounds; round += 1) {
      for (const { series, server, request } of lanes) {
        const before = cpuMicros(server.pid);
        const result: LoadResult = await generator.run({ port: server.port, request, connections: CONNECTIONS, durationMs, expected: MESSAGE });
        const cpuUs = (cpuMicros(server.pid) - before) / result.requests;
        sent.set(series.name, (sent.get(series.name) ?? 0) + result.requests);
        if (result.errors > 0) throw new Error(`${series.name}: ${result.errors} of ${result.requests} answers are wrong; the first: ${result.firstError}`);
        if (round === -1) continue;
        series.cpuUs.push(cpuUs);
        series.requestsPerSecond.push(result.requests / result.seconds);
        series.p50Us.push(result.p50Us);
        series.p99Us.push(result.p99Us);
      }
    }
  } finally {
    await generator.stop();
  }
  return sent;
}

/** Floor, ours (both revisions) and the peers. The floor is fed the bytes that ours is fed, key included. */
export async function measureHttp(rounds: number, durationMs: number, peers: readonly Peer[]): Promise<HttpResult> {
  const home = createHome({ isRaised: true });
  const absent: Record<string, string> = {};
  const servers: RunningServer[] = [];
  try {
    const ours = await startServe(home.env);
    servers.push(ours);
    const floor = await startServer([process.execPath, join(root, 'bench/servers/floor-http.ts'), 'PORT']);
    servers.push(floor);
    const key = readFileSync(join(home.folder, 'admin.key'), 'utf8').trim();
    const request = httpCall('modern', ours.port, key);
    const lanes = [
      lane('floor', floor, request),
      lane('ours', ours, request),
      lane('oursLegacy', ours, httpCall('legacy', ours.port, key)),
      ...(await startPeers(peers, absent)),
    ];
    servers.push(...lanes.map(({ server }) => server));
    const sent = await runRounds(lanes, rounds, durationMs);
    const rssMbAfterLoad = rssMb(ours.pid);
    await ours.stop();
    return {
      series: Object.fromEntries(lanes.map(({ series }) => [series.name, series])),
      sent: (sent.get('ours') ?? 0) + (sent.get('oursLegacy') ?? 0),
      recorded: home.countOutcomes('echo'),
      rssMbAfterLoad,
      absent,
    };
  } finally {
    for (const server of new Set(servers)) await server.stop();
    home.remove();
  }
}
