/** F5: what the gateway adds to the median of sequential calls, over each transport. Both roads are driven by turns. */
import { createHome, gateway } from '../home.ts';
import type { LoadResult } from '../load.ts';
import { cpuMicros, quantile } from '../measure.ts';
import { createStdioClient, shakeHands } from '../mcp-client.ts';
import { createLoadGenerator } from '../servers.ts';
import { timeProcess } from '../timed-process.ts';
import type { Sides } from './sides.ts';
import { MESSAGE, stdioEntry, stdioUpstream } from './traffic.ts';

const INPUT = { message: MESSAGE };
const WARM_UP = 500;
const TURN = 50;

/** Microseconds, one median a round; index by round. */
export interface Added {
  readonly directUs: number[];
  readonly throughUs: number[];
}

/**
 * stdio → stdio: the same client with the upstream itself and with `switchyard stdio` in front of another of its
 * kind, in turns of 50 calls. Every call through must be in the audit trail.
 */
export async function measureStdioAdded(rounds: number, calls: number): Promise<Added> {
  const home = createHome({ isRaised: true });
  const upstream = stdioUpstream();
  const env = { ...home.env, SWITCHYARD_UPSTREAMS: JSON.stringify({ up: stdioEntry(upstream) }) };
  const added: Added = { directUs: [], throughUs: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await timeProcess(upstream, process.env, async (direct) => {
        const callDirect = await handshake(direct);
        return await timeProcess([process.execPath, gateway, 'stdio', '--workspace', home.workspace], env, async (program) => {
          const callThrough = await shakeHands(program, 'legacy');
          await untilListed(callThrough);
          const [directUs, throughUs]: [number[], number[]] = [[], []];
          for (let count = -WARM_UP; count < calls; count += TURN) {
            await turn(() => callDirect('tools/call', { name: 'echo', arguments: INPUT }), count >= 0 ? directUs : undefined);
            await turn(() => callThrough('tools/call', { name: 'up__echo', arguments: INPUT }), count >= 0 ? throughUs : undefined);
          }
          added.directUs.push(quantile(directUs, 0.5));
          added.throughUs.push(quantile(throughUs, 0.5));
        });
      });
    }
    const [sent, recorded] = [rounds * (calls + WARM_UP), home.countOutcomes('up__echo')];
    if (recorded !== sent) throw new Error(`stdio: ${sent} calls through the gateway, ${recorded} records`);
  } finally {
    home.remove();
  }
  return added;
}

type Call = ReturnType<typeof createStdioClient>;

async function handshake(program: Parameters<typeof createStdioClient>[0]): Promise<Call> {
  const call = createStdioClient(program, 'legacy');
  await call('initialize');
  return call;
}

/** The upstream connects behind the handshake. */
async function untilListed(call: Call): Promise<void> {
  for (const deadline = performance.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (JSON.stringify(await call('tools/list')).includes('"up__echo"')) return;
    if (performance.now() > deadline) throw new Error('the upstream does not appear in the list');
  }
}

async function turn(call: () => Promise<{ readonly result?: { readonly isError?: boolean } }>, times: number[] | undefined): Promise<void> {
  for (let count = 0; count < TURN; count += 1) {
    const startedAt = performance.now();
    const { result } = await call();
    times?.push((performance.now() - startedAt) * 1000);
    if (result?.isError === true) throw new Error(`a call failed: ${JSON.stringify(result)}`);
  }
}

/** What HTTP told. */
export interface HttpAdded extends Added {
  /** CPU of gateway and upstream per call through, in microseconds. */
  readonly throughCpuUs: number[];
  /** CPU of the upstream per direct call. */
  readonly directCpuUs: number[];
  /** Calls through the gateway that were answered. */
  readonly sent: number;
}

/** HTTP → HTTP: one connection for the latency, sixteen for the CPU, in turns. */
export async function measureHttpAdded({ ours, upstream, direct, through }: Sides, rounds: number, durationMs: number): Promise<HttpAdded> {
  const generator = createLoadGenerator();
  const added = { directUs: [] as number[], throughUs: [] as number[], directCpuUs: [] as number[], throughCpuUs: [] as number[], sent: 0 };
  const load = async (port: number, request: string, connections: number): Promise<LoadResult> => {
    const result = await generator.run({ port, request, connections, durationMs, expected: MESSAGE });
    if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} answers are wrong; the first: ${result.firstError}`);
    return result;
  };
  try {
    for (let round = -1; round < rounds; round += 1) {
      const one = { direct: await load(upstream.port, direct, 1), through: await load(ours.port, through, 1) };
      const cpu = (): number => cpuMicros(upstream.pid);
      const before = cpu();
      const many = await load(upstream.port, direct, 16);
      const between = [cpu(), cpuMicros(ours.pid)] as const;
      const manyThrough = await load(ours.port, through, 16);
      added.sent += one.through.requests + manyThrough.requests;
      if (round === -1) continue;
      added.directUs.push(one.direct.p50Us);
      added.throughUs.push(one.through.p50Us);
      added.directCpuUs.push((between[0] - before) / many.requests);
      added.throughCpuUs.push((cpu() - between[0] + cpuMicros(ours.pid) - between[1]) / manyThrough.requests);
    }
  } finally {
    await generator.stop();
  }
  return added;
}
