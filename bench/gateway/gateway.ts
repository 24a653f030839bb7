/**
 * `npm run bench:gateway`: figure F5 and what stands beside it: calls to other MCP servers through the gateway, against
 * the same client and upstream without it, and against other gateways. The last line is one JSON object. `--quick` for a
 * short look that proves nothing; `--smoke` only shows that everything works: no peers, no build. Method: docs/performance.md.
 */
import { availableParallelism, loadavg } from 'node:os';
import { root } from '../../tools/paths.ts';
import { run } from '../../tools/run.ts';
import { median, quantile, ratios, rounded, spread } from '../measure.ts';
import { measureCrowd, measureCrowdStart } from './crowd.ts';
import { type Added, measureHttpAdded, measureStdioAdded } from './latency.ts';
import { type Peers, startPeers } from './peers.ts';
import { measureRivals } from './rivals.ts';
import { startSides } from './sides.ts';

const isSmoke = process.argv.includes('--smoke');
const isQuick = isSmoke || process.argv.includes('--quick');
/** How often and how long. */
const SIZE = isSmoke
  ? { stdio: 1, calls: 100, rounds: 1, durationMs: 200, starts: 1, lists: 5 }
  : isQuick
    ? { stdio: 2, calls: 500, rounds: 2, durationMs: 700, starts: 3, lists: 20 }
    : { stdio: 9, calls: 1000, rounds: 9, durationMs: 2000, starts: 15, lists: 100 };
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const differences = ({ directUs, throughUs }: Added): number[] => throughUs.map((value, round) => (value - (directUs[round] ?? Number.NaN)) / 1000);

function printAdded(name: string, added: Added): void {
  print(`${name}: p50 µs direct ${spread(added.directUs, 0)}, through ${spread(added.throughUs, 0)}; added ms ${spread(differences(added), 3)}`);
}

async function main(): Promise<number> {
  if (!isSmoke && (await run(process.execPath, ['tools/build.ts'], { cwd: root })) !== 0) return 1;
  const load = loadavg().map((value) => value.toFixed(1));
  print(`Node ${process.version}, ${availableParallelism()} cores, load ${load.join(' ')}`);
  const stdio = await measureStdioAdded(SIZE.stdio, SIZE.calls);
  printAdded('stdio → stdio', stdio);
  const start = await measureCrowdStart(SIZE.starts);
  print(`start to first call, ms: no upstream ${spread(start.noneMs, 0)}; twenty, of which 3 hang and 2 crash ${spread(start.crowdMs, 0)}`);
  const crowd = await measureCrowd(SIZE.lists);
  print(`400 tools of 20 upstreams: listed in ms ${spread(crowd.listMs, 1)}; resident memory ${crowd.rssMb.toFixed(1)} MiB`);

  const sides = await startSides();
  let peers: Peers = { running: [], absent: { peers: 'not asked for' } };
  try {
    const http = await measureHttpAdded(sides, SIZE.rounds, SIZE.durationMs);
    printAdded('HTTP → HTTP', http);
    print(`HTTP, 16 connections, CPU µs: upstream alone ${spread(http.directCpuUs, 1)}, gateway and upstream ${spread(http.throughCpuUs, 1)}`);
    if (!isSmoke) peers = await startPeers(sides.places, sides.home.workspace);
    for (const [name, reason] of Object.entries(peers.absent)) print(`without ${name}: ${reason}`);
    const rivals = await measureRivals(sides, peers.running, SIZE.rounds, SIZE.durationMs);
    for (const { name, requestsPerSecond, p50Us } of rivals.lanes)
      print(`  ${name.padEnd(40)} requests/s ${spread(requestsPerSecond, 0)}, p50 µs ${median(p50Us)}`);
    for (const [name, ratio] of Object.entries(rivals.over)) print(`  requests/s over ${name}: ${ratio.toFixed(2)}`);
    await sides.ours.stop();
    const [sent, recorded] = [http.sent + rivals.sent.http, sides.home.countOutcomes('up_http__echo')];
    const [sentStdio, recordedStdio] = [rivals.sent.stdio, sides.home.countOutcomes('up_stdio__echo')];
    print(`  audit: ${sent + sentStdio} calls answered, ${recorded + recordedStdio} outcomes on disk`);
    if (sent !== recorded || sentStdio !== recordedStdio) throw new Error('the audit trail does not hold every call');
    const best = Object.values(rivals.over);
    print(
      JSON.stringify({
        stdioUpstreamAddedP50Ms: rounded(median(differences(stdio)), 3),
        httpUpstreamAddedP50Ms: rounded(median(differences(http)), 3),
        httpUpstreamCpuOverDirect: rounded(median(ratios(http.throughCpuUs, http.directCpuUs))),
        rpsOverPeer: best.length === 0 ? null : rounded(Math.min(...best)),
        listWith400ToolsMs: rounded(quantile(crowd.listMs, 0.5), 1),
        startWith20UpstreamsMs: rounded(median(start.crowdMs), 0),
        startWith20OverNone: rounded(median(ratios(start.crowdMs, start.noneMs))),
        rss20UpstreamsMb: rounded(crowd.rssMb, 1),
      }),
    );
  } finally {
    for (const { server } of peers.running) await server.stop();
    await sides.stop();
  }
  return 0;
}

process.exitCode = await main();
