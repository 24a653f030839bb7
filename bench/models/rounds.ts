/** Interleaved rounds of every side: one client alone for the latency, many at once for throughput and CPU. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import { cpuMicros } from '../measure.ts';
import { stopChild } from '../servers.ts';
import type { Side } from './gateways.ts';
import type { ModelLoad, ModelLoadResult } from './load.ts';

/** One kind of traffic through one side, a value for each round. */
export interface ModelSeries {
  /** One client alone. */
  readonly p50Us: number[];
  readonly firstWordUs: number[];
  /** Many clients. */
  readonly requestsPerSecond: number[];
  readonly cpuUs: number[];
  readonly p99Us: number[];
  answers: number;
  errors: number;
  firstError: string | null;
}

/** Both kinds of traffic through one side. */
export interface SideSeries {
  readonly side: Side;
  readonly plain: ModelSeries;
  readonly stream: ModelSeries;
}

/** How much is measured. */
export interface RoundSize {
  readonly rounds: number;
  readonly aloneMs: number;
  readonly togetherMs: number;
}

const TOGETHER = 32;

const emptySeries = (): ModelSeries => ({ p50Us: [], firstWordUs: [], requestsPerSecond: [], cpuUs: [], p99Us: [], answers: 0, errors: 0, firstError: null });

/** The first round warms up: it is counted as answers, not as figures. */
export async function measureRounds(sides: readonly Side[], { rounds, aloneMs, togetherMs }: RoundSize): Promise<readonly SideSeries[]> {
  const lanes: SideSeries[] = sides.map((side) => ({ side, plain: emptySeries(), stream: emptySeries() }));
  const client = fork(join(root, 'bench/models/load.ts'));
  const run = async (load: ModelLoad): Promise<ModelLoadResult> => {
    const answered = once(client, 'message') as Promise<[ModelLoadResult]>;
    client.send(load);
    return (await answered)[0];
  };

  const measure = async ({ side, ...lane }: SideSeries, kind: 'plain' | 'stream', isAlone: boolean, isCounted: boolean): Promise<void> => {
    const series = lane[kind];
    const before = side.pid === null ? 0 : cpuMicros(side.pid);
    const result = await run({
      port: side.port,
      request: side[kind],
      isStream: kind === 'stream',
      connections: isAlone ? 1 : TOGETHER,
      durationMs: isAlone ? aloneMs : togetherMs,
    });
    const cpuUs = side.pid === null ? 0 : cpuMicros(side.pid) - before;
    series.answers += result.answers;
    series.errors += result.errors;
    series.firstError ??= result.firstError;
    if (!isCounted) return;
    if (isAlone) {
      series.p50Us.push(result.p50Us);
      series.firstWordUs.push(result.firstWordP50Us);
      return;
    }
    series.requestsPerSecond.push(result.answers / result.seconds);
    series.cpuUs.push(cpuUs / result.answers);
    series.p99Us.push(result.p99Us);
  };

  try {
    for (let round = -1; round < rounds; round += 1) {
      // Nobody is always the one after the slowest.
      const turned = lanes.map((_, index) => lanes[(index + round + 1) % lanes.length] ?? lanes[0]).filter((lane) => lane !== undefined);
      for (const isAlone of [true, false])
        for (const kind of ['plain', 'stream'] as const) for (const lane of turned) await measure(lane, kind, isAlone, round >= 0);
    }
  } finally {
    await stopChild(client);
  }
  return lanes;
}
