/**
 * `npm run bench:mcp`: figures F1, F2 and F3 with their floors and peers, in one run. The last line is
 * one JSON object. `--quick` for a short look that proves nothing; `--smoke` only shows that everything
 * works: one round, no peers, no build; `--starts` takes only the starts. Method: docs/performance.md.
 */
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/paths.ts';
import { run } from '../tools/run.ts';
import { createHome, gateway } from './home.ts';
import { type HttpResult, type HttpSeries, measureHttp } from './http.ts';
import { median, quantile, ratios, rounded, spread } from './measure.ts';
import { installPeers, type Peer } from './servers.ts';
import { measurePeerStart, measureStarts, measureStdioCalls, type StartSeries } from './start.ts';

const isSmoke = process.argv.includes('--smoke');
const isQuick = isSmoke || process.argv.includes('--quick');
/** How often and how long. */
const SIZE = isSmoke
  ? { starts: 1, latencies: 1, calls: 100, rounds: 1, durationMs: 200 }
  : isQuick
    ? { starts: 3, latencies: 2, calls: 500, rounds: 2, durationMs: 700 }
    : { starts: 15, latencies: 9, calls: 1000, rounds: 7, durationMs: 2500 };
const print = (text: string): void => void process.stdout.write(`${text}\n`);

function printStarts({ bareMs, stdioMs, stdioModernMs, stdioFreshHomeMs, serveMs, stdioRssMb, serveRssMb }: StartSeries): void {
  print(`\nStart, CPU ms, median (lowest–highest) of ${bareMs.length} interleaved rounds`);
  print(`  node -e 0                          ${spread(bareMs, 0)}`);
  for (const [name, values] of [
    ['stdio to first ping, 2025-11-25', stdioMs],
    ['stdio to first ping, 2026-07-28', stdioModernMs],
    ['stdio to first ping, new home', stdioFreshHomeMs],
    ['serve ready', serveMs],
  ] as const) {
    print(`  ${name.padEnd(34)} ${spread(values, 0).padEnd(16)} ratio ${spread(ratios(values, bareMs))}`);
  }
  print(`  resident memory, MiB               stdio ${spread(stdioRssMb, 1)}, serve ${spread(serveRssMb, 1)}`);
}

async function printPeerStarts(bareMs: readonly number[], peers: readonly Peer[]): Promise<void> {
  for (const { version, stdio } of peers) {
    const times = await measurePeerStart(stdio, isQuick ? 1 : 3);
    print(`  ${version.padEnd(34)} ${spread(times, 0).padEnd(16)} ratio ${(median(times) / median(bareMs)).toFixed(2)}`);
  }
}

function printHttp({ series, sent, recorded, rssMbAfterLoad, absent }: HttpResult, floor: HttpSeries): void {
  print(`\nHTTP tools/call echo, 16 connections, median (lowest–highest) of ${floor.cpuUs.length} interleaved rounds`);
  for (const { name, cpuUs, requestsPerSecond, p50Us, p99Us } of Object.values(series)) {
    print(
      `  ${name.padEnd(11)} CPU µs ${spread(cpuUs, 1).padEnd(24)} over floor ${spread(ratios(cpuUs, floor.cpuUs)).padEnd(20)} requests/s ${spread(requestsPerSecond, 0).padEnd(22)} p50 ${median(p50Us)} µs, p99 ${median(p99Us)} µs`,
    );
  }
  for (const [name, reason] of Object.entries(absent)) print(`  ${name} did not take part: ${reason}`);
  print(`  audit: ${sent} calls answered, ${recorded} outcomes on disk; resident memory after the load ${rssMbAfterLoad.toFixed(1)} MiB`);
}

/** Ratios of the medians of sequential calls over stdio, one per round. */
async function measureStdioLatency(rounds: number, calls: number): Promise<number[]> {
  const home = createHome({ isRaised: true });
  const [ours, floor]: [number[], number[]] = [[], []];
  const floorCommand = [process.execPath, join(root, 'bench/servers/floor-stdio.ts')];
  const command = [process.execPath, gateway, 'stdio', '--workspace', home.workspace];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { floorUs, oursUs } = await measureStdioCalls(floorCommand, command, home.env, calls);
      floor.push(quantile(floorUs, 0.5));
      ours.push(quantile(oursUs, 0.5));
    }
    const [sent, recorded] = [rounds * (calls + 500), home.countOutcomes('echo')];
    if (recorded !== sent) throw new Error(`stdio: ${sent} calls, ${recorded} records`);
  } finally {
    home.remove();
  }
  print(`\nstdio tools/call echo, p50 µs: floor ${spread(floor, 0)}, ours ${spread(ours, 0)}, ratio ${spread(ratios(ours, floor))}`);
  return ratios(ours, floor);
}

async function main(): Promise<number> {
  if (!isSmoke && (await run(process.execPath, ['tools/build.ts'])) !== 0) return 1;
  const { present, absent } = isSmoke ? { present: [], absent: { peers: 'not asked for' } } : installPeers();
  print(
    `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  print(`peers: ${present.map(({ version }) => version).join(', ')}`);
  for (const [name, reason] of Object.entries(absent)) print(`without ${name}: ${reason}`);
  const starts = await measureStarts(SIZE.starts);
  printStarts(starts);
  if (process.argv.includes('--starts')) return 0;
  await printPeerStarts(starts.bareMs, present);
  const stdioRatios = await measureStdioLatency(SIZE.latencies, SIZE.calls);
  const http = await measureHttp(SIZE.rounds, SIZE.durationMs, present);
  const { floor, ours, sdk, fastmcp } = http.series;
  if (floor === undefined || ours === undefined) throw new Error('a series is missing');
  printHttp(http, floor);
  if (http.recorded !== http.sent) throw new Error('the audit trail does not hold every call');
  const over = (peer: HttpSeries | undefined): number => (peer === undefined ? Number.NaN : median(ratios(ours.requestsPerSecond, peer.requestsPerSecond)));
  print(
    JSON.stringify({
      stdioStartCpuOverBareNode: rounded(median(ratios(starts.stdioMs, starts.bareMs))),
      stdioRssMb: rounded(median(starts.stdioRssMb), 1),
      serveReadyCpuOverBareNode: rounded(median(ratios(starts.serveMs, starts.bareMs))),
      serveRssMb: rounded(median(starts.serveRssMb), 1),
      httpCallCpuOverFloor: rounded(median(ratios(ours.cpuUs, floor.cpuUs))),
      httpCallRpsOverSdkV2: rounded(over(sdk)),
      httpCallRpsOverFastmcp: rounded(over(fastmcp)),
      stdioCallP50OverFloor: rounded(median(stdioRatios)),
    }),
  );
  return 0;
}

process.exitCode = await main();
