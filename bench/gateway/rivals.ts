/** Requests per second of sixteen connections, ours against each peer with the same upstream behind it, in the same rounds. */
import { median, ratios } from '../measure.ts';
import { createLoadGenerator } from '../servers.ts';
import type { RunningPeer } from './peers.ts';
import type { Sides } from './sides.ts';
import { MESSAGE } from './traffic.ts';

/** One of the gateways. */
export interface Lane {
  readonly name: string;
  readonly requestsPerSecond: number[];
  readonly p50Us: number[];
}

/** What the rounds told. */
export interface Rivals {
  readonly lanes: readonly Lane[];
  /** Median ratio of ours, with the same upstream, over each peer. */
  readonly over: Readonly<Record<string, number>>;
  /** Calls through ours that were answered, by upstream. */
  readonly sent: { readonly http: number; readonly stdio: number };
}

/** Peers that answer wrongly under load end the benchmark: their figure would say nothing. */
export async function measureRivals(
  { ours, through, throughStdio }: Sides,
  peers: readonly RunningPeer[],
  rounds: number,
  durationMs: number,
): Promise<Rivals> {
  const generator = createLoadGenerator();
  const lane = (name: string): Lane => ({ name, requestsPerSecond: [], p50Us: [] });
  const own = { http: lane('ours, HTTP upstream'), stdio: lane('ours, stdio upstream') };
  const roads = [
    { lane: own.http, port: ours.port, request: through },
    { lane: own.stdio, port: ours.port, request: throughStdio },
    ...peers.map((peer) => ({ lane: lane(peer.version), port: peer.server.port, request: peer.request })),
  ];
  const sent = new Map<Lane, number>();
  try {
    for (let round = -1; round < rounds; round += 1) {
      for (const road of roads) {
        const result = await generator.run({ port: road.port, request: road.request, connections: 16, durationMs, expected: MESSAGE });
        sent.set(road.lane, (sent.get(road.lane) ?? 0) + result.requests);
        if (result.errors > 0) throw new Error(`${road.lane.name}: ${result.errors} of ${result.requests} answers are wrong; the first: ${result.firstError}`);
        if (round === -1) continue;
        road.lane.requestsPerSecond.push(result.requests / result.seconds);
        road.lane.p50Us.push(result.p50Us);
      }
    }
  } finally {
    await generator.stop();
  }
  const over = peers.map((peer, index) => {
    const theirs = roads[index + 2]?.lane.requestsPerSecond ?? [];
    return [peer.name, median(ratios(own[peer.upstream].requestsPerSecond, theirs))] as const;
  });
  return { lanes: roads.map((road) => road.lane), over: Object.fromEntries(over), sent: { http: sent.get(own.http) ?? 0, stdio: sent.get(own.stdio) ?? 0 } };
}
