/**
 * `npm run bench:models`: what a model call through the gateway costs, against no gateway, the floor
 * and two other gateways, in one run. The last line is one JSON object. `--quick` for a short look;
 * `--smoke` only shows that everything works: one round, no peers, no build. `--no-peers` leaves the other
 * gateways out, `--no-build` takes the program as it lies in dist.
 * Method: docs/performance.md.
 */
import { availableParallelism, loadavg } from 'node:os';
import { run } from '../../tools/run.ts';
import { median, rounded, ratios, rssMb, spread } from '../measure.ts';
import { startSides } from './gateways.ts';
import { measureRounds, type ModelSeries, type SideSeries } from './rounds.ts';

const isSmoke = process.argv.includes('--smoke');
const isQuick = process.argv.includes('--quick');
const SIZE = isSmoke
  ? { rounds: 1, aloneMs: 100, togetherMs: 200 }
  : isQuick
    ? { rounds: 2, aloneMs: 300, togetherMs: 800 }
    : { rounds: 6, aloneMs: 700, togetherMs: 2200 };
/** A peer with more wrong answers than this share has no figures. */
const WRONG_SHARE = 0.001;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

type Kind = 'plain' | 'stream';
type Lanes = Readonly<Partial<Record<string, SideSeries>>>;

const minus = (values: readonly number[], floors: readonly number[]): number[] => values.map((value, round) => value - (floors[round] ?? Number.NaN));
const isTrusted = ({ answers, errors }: ModelSeries): boolean => errors <= answers * WRONG_SHARE;

function printLanes(lanes: readonly SideSeries[], kind: Kind): void {
  print(
    `\n${kind}: 32 clients: requests/s, CPU µs, p99 µs; one client: p50 µs, first word µs; median (lowest–highest) of ${lanes[0]?.plain.cpuUs.length} rounds`,
  );
  for (const { side, ...lane } of lanes) {
    const { requestsPerSecond, cpuUs, p99Us, p50Us, firstWordUs, answers, errors, firstError } = lane[kind];
    print(
      `  ${side.name.padEnd(8)} ${spread(requestsPerSecond, 0).padEnd(20)} ${spread(cpuUs, 0).padEnd(20)} ${String(median(p99Us)).padEnd(8)} ${spread(p50Us, 0).padEnd(20)} ${spread(firstWordUs, 0).padEnd(20)} ${answers} whole answers, ${errors} errors${firstError === null ? '' : `; the first: ${firstError}`}`,
    );
  }
}

/** Median over the rounds of ours to another's; NaN where there is nothing to compare with. */
function over(lanes: Lanes, peer: string, kind: Kind, value: (series: ModelSeries) => readonly number[]): number {
  const [ours, theirs] = [lanes['ours'], lanes[peer]];
  return ours && theirs && isTrusted(theirs[kind]) ? median(ratios(value(ours[kind]), value(theirs[kind]))) : Number.NaN;
}

/** What ours adds to no gateway, over what the peer adds. */
function addedOver(lanes: Lanes, peer: string): number {
  const direct = lanes['direct']?.plain.p50Us ?? [];
  return over(lanes, peer, 'plain', ({ p50Us }) => minus(p50Us, direct));
}

function figuresOf(lanes: Lanes): Readonly<Record<string, number | null>> {
  const perSecond = ({ requestsPerSecond }: ModelSeries): readonly number[] => requestsPerSecond;
  const cpu = ({ cpuUs }: ModelSeries): readonly number[] => cpuUs;
  const addedFirstWord = minus(lanes['ours']?.stream.firstWordUs ?? [], lanes['direct']?.stream.firstWordUs ?? []);
  return {
    plainRpsOverPortkey: rounded(over(lanes, 'portkey', 'plain', perSecond)),
    streamRpsOverPortkey: rounded(over(lanes, 'portkey', 'stream', perSecond)),
    plainAddedP50OverPortkey: rounded(addedOver(lanes, 'portkey')),
    streamAddedTtftMs: rounded(median(addedFirstWord) / 1000),
    plainCpuOverPortkey: rounded(over(lanes, 'portkey', 'plain', cpu)),
    streamCpuOverPortkey: rounded(over(lanes, 'portkey', 'stream', cpu)),
    plainCpuOverFloorProxy: rounded(over(lanes, 'floor', 'plain', cpu)),
    plainRpsOverLitellm: rounded(over(lanes, 'litellm', 'plain', perSecond)),
    streamRpsOverLitellm: rounded(over(lanes, 'litellm', 'stream', perSecond)),
    plainAddedP50OverLitellm: rounded(addedOver(lanes, 'litellm')),
  };
}

async function main(): Promise<number> {
  if (!isSmoke && !process.argv.includes('--no-build') && (await run(process.execPath, ['tools/build.ts'])) !== 0) return 1;
  const running = await startSides(!isSmoke && !process.argv.includes('--no-peers'));
  try {
    print(
      `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}`,
    );
    for (const { name, version } of running.sides) print(`${name}: ${version}`);
    for (const [name, reason] of Object.entries(running.absent)) print(`without ${name}: ${reason}`);
    const atProviderBefore = await running.countAtProvider();
    const lanes = await measureRounds(running.sides, SIZE);
    const atProvider = (await running.countAtProvider()) - atProviderBefore;
    const memory = running.sides.map(({ name, pid }) => (pid === null ? '' : `${name} ${rssMb(pid).toFixed(0)}`)).filter((text) => text !== '');
    printLanes(lanes, 'plain');
    printLanes(lanes, 'stream');
    const answers = lanes.reduce((sum, { plain, stream }) => sum + plain.answers + stream.answers, 0);
    const errors = lanes.reduce((sum, { plain, stream }) => sum + plain.errors + stream.errors, 0);
    const ours = lanes.find(({ side }) => side.name === 'ours');
    const sent = ours ? ours.plain.answers + ours.stream.answers : 0;
    const { calls, attempts } = await running.countOutcomes();
    print(`\nresident memory after the load, MiB: ${memory.join(', ')}`);
    print(`provider: ${atProvider} requests answered; clients: ${answers} whole answers, ${errors} errors`);
    print(`audit: ${sent} calls answered by ours, on disk ${calls} outcomes of calls and ${attempts} of attempts`);
    if (ours === undefined || ours.plain.errors + ours.stream.errors > 0) throw new Error('an answer of ours is wrong');
    if (calls !== sent || attempts !== sent) throw new Error('the audit trail does not hold every call');
    if (atProvider < answers) throw new Error('answers came that the provider has not given');
    print(JSON.stringify(figuresOf(Object.fromEntries(lanes.map((lane) => [lane.side.name, lane])))));
    return 0;
  } finally {
    await running.stop();
  }
}

process.exitCode = await main();
