/** F1 and F3: what a start costs, against `node -e 0` in the same rounds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHome, gateway } from './home.ts';
import { createStdioClient, type Era, shakeHands } from './mcp-client.ts';
import { rssMb } from './measure.ts';
import { freePort } from '../tests/helpers/free-port.ts';
import { type Timed, timeBareNode, timeProcess } from './timed-process.ts';

/** CPU per round in milliseconds, memory in MiB. Rounds of all series belong together. */
export interface StartSeries {
  readonly bareMs: number[];
  readonly stdioMs: number[];
  readonly stdioModernMs: number[];
  readonly stdioFreshHomeMs: number[];
  readonly serveMs: number[];
  readonly stdioRssMb: number[];
  readonly serveRssMb: number[];
}

/** From process start to the first ping answer of a client that lists everything first. The call's record must be on disk by then. */
export async function timeStdioStart(command: readonly string[], env: NodeJS.ProcessEnv, era: Era, isStrict: boolean): Promise<Timed<number>> {
  return timeProcess(command, env, async (program) => {
    const call = await shakeHands(program, era, { isStrict });
    const { result } = await call('tools/call', { name: 'ping', arguments: {} });
    const memory = rssMb(program.pid);
    if (result?.isError === true || !JSON.stringify(result).includes('pong')) throw new Error(`ping answered ${JSON.stringify(result)}`);
    return memory;
  });
}

async function timeOurStdio(era: Era, home: ReturnType<typeof createHome>): Promise<Timed<number>> {
  const before = home.countOutcomes('ping');
  const timed = await timeStdioStart([process.execPath, gateway, 'stdio', '--workspace', home.workspace], home.env, era, true);
  if (home.countOutcomes('ping') !== before + 1) throw new Error('the call of ping is not in the audit trail');
  return timed;
}

/** From process start to the first 200 of /health/ready. */
async function timeServe(home: ReturnType<typeof createHome>): Promise<Timed<number>> {
  const port = await freePort();
  return timeProcess([process.execPath, gateway, 'serve', '--port', String(port)], home.env, async ({ pid }) => {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      const status = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return rssMb(pid);
      await sleep(3);
    }
    throw new Error('serve was not ready within 20 s');
  });
}

async function timeFreshStdio(): Promise<Timed<number>> {
  const home = createHome();
  try {
    return await timeOurStdio('legacy', home);
  } finally {
    home.remove();
  }
}

/** Interleaved rounds of every start. The first round warms the disk cache and is not counted. */
export async function measureStarts(rounds: number): Promise<StartSeries> {
  const series: StartSeries = { bareMs: [], stdioMs: [], stdioModernMs: [], stdioFreshHomeMs: [], serveMs: [], stdioRssMb: [], serveRssMb: [] };
  const stdioHome = createHome();
  const serveHome = createHome();
  try {
    for (let round = -1; round < rounds; round += 1) {
      const bareMs = await timeBareNode();
      const stdio = await timeOurStdio('legacy', stdioHome);
      const modern = await timeOurStdio('modern', stdioHome);
      const fresh = await timeFreshStdio();
      const serve = await timeServe(serveHome);
      if (round === -1) continue;
      series.bareMs.push(bareMs);
      series.stdioMs.push(stdio.cpuMs);
      series.stdioModernMs.push(modern.cpuMs);
      series.stdioFreshHomeMs.push(fresh.cpuMs);
      series.serveMs.push(serve.cpuMs);
      series.stdioRssMb.push(stdio.found);
      series.serveRssMb.push(serve.found);
    }
  } finally {
    stdioHome.remove();
    serveHome.remove();
  }
  return series;
}

/** A few starts of a peer, for comparison: CPU in milliseconds. */
export async function measurePeerStart(command: readonly string[], rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push((await timeStdioStart(command, process.env, 'legacy', false)).cpuMs);
  return times;
}

const ECHO = { name: 'echo', arguments: { message: 'hello from the benchmark' } };

/** Latencies in microseconds of sequential echo calls. */
export interface StdioLatency {
  readonly floorUs: readonly number[];
  readonly oursUs: readonly number[];
}

/**
 * Both processes live at the same time and are called in turns of 50, so that whatever the machine
 * does meanwhile, it does to both. The first 500 calls of each are for warming up.
 */
export async function measureStdioCalls(floor: readonly string[], ours: readonly string[], env: NodeJS.ProcessEnv, calls: number): Promise<StdioLatency> {
  const { found } = await timeProcess(floor, process.env, async (floorProgram) => {
    const callFloor = createStdioClient(floorProgram, 'legacy');
    return timeProcess(ours, env, async (program) => {
      const callOurs = await shakeHands(program, 'legacy');
      const [floorUs, oursUs]: [number[], number[]] = [[], []];
      for (let count = -500; count < calls; count += 50) {
        for (const [call, times] of [
          [callFloor, floorUs],
          [callOurs, oursUs],
        ] as const) {
          for (let turn = 0; turn < 50; turn += 1) {
            const startedAt = performance.now();
            await call('tools/call', ECHO);
            if (count >= 0) times.push((performance.now() - startedAt) * 1000);
          }
        }
      }
      return { floorUs, oursUs };
    });
  });
  return found.found;
}
