/**
 * `npm run bench:auth`: what it costs to know and to judge the caller. Each figure is one function of the table below; the
 * last line is one JSON object with all of them. `--quick` for a short look that proves nothing, `--only <name>` for one
 * figure. Method: docs/performance.md.
 */
import { availableParallelism, loadavg } from 'node:os';
import { measureDecisions } from './auth/decisions.ts';
import { measureSharedLimits } from './auth/redis-limit.ts';
import { measureTokenCalls } from './auth/token-calls.ts';

/** How often and how long. */
export interface AuthBenchSize {
  readonly rounds: number;
  readonly durationMs: number;
}

/** Prints its rounds and resolves with the values for the last line. */
type Figure = (size: AuthBenchSize, print: (text: string) => void) => Promise<Readonly<Record<string, number | null>>>;

/** Name on the command line → figure. Whoever adds one adds a line here and a file in bench/auth. */
const FIGURES: Readonly<Record<string, Figure>> = {
  tokens: measureTokenCalls,
  decisions: measureDecisions,
  limits: async () => ({ ...(await measureSharedLimits()) }),
};

const isQuick = process.argv.includes('--quick');
const only = process.argv[process.argv.indexOf('--only') + 1];
const size: AuthBenchSize = isQuick ? { rounds: 3, durationMs: 600 } : { rounds: 9, durationMs: 2000 };
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const result: Record<string, unknown> = {};
for (const [name, figure] of Object.entries(FIGURES)) {
  if (process.argv.includes('--only') && name !== only) continue;
  Object.assign(result, await figure(size, print));
}
print(JSON.stringify({ ...result, node: process.version, cores: availableParallelism(), load: Number(loadavg()[0]?.toFixed(2)), isQuick }));
