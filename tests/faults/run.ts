/**
 * The gateway in front of providers that misbehave: `npm run faults`. Prints for each scenario how it ended, by wire
 * format and way of asking, and the totals. Exit code 1 when anything ends otherwise than docs/failover.md says.
 */
import { cellsOf, startFaultBench, type Cell, type CellResult } from '../helpers/fault-bench.ts';
import { BENCH_SCENARIOS, OWN_SCENARIOS, type Scenario } from '../helpers/fault-scenarios.ts';

/** Scenarios under way at the same time. */
const LANES = 8;
const COLUMNS = (['openai', 'anthropic'] as const).flatMap((dialect) => (['plain', 'stream', 'held'] as const).map((mode) => ({ dialect, mode })));

const bench = await startFaultBench();
const results = new Map<Cell, CellResult>();

async function runAll(cells: readonly Cell[]): Promise<void> {
  const waiting = [...cells];
  const lane = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) results.set(cell, await bench.run(cell));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Of the first column. */
const width = Math.max(...[...BENCH_SCENARIOS, ...OWN_SCENARIOS].map(({ name }) => name.length), 44);

function print(title: string, scenarios: readonly Scenario[]): void {
  console.log(`\n${title.padEnd(width)}  ${COLUMNS.map(({ dialect, mode }) => `${dialect} ${mode}`.padEnd(18)).join('')}`);
  for (const scenario of scenarios) {
    const grades = COLUMNS.map(
      ({ dialect, mode }) => [...results].find(([cell]) => cell.scenario === scenario && cell.dialect === dialect && cell.mode === mode)?.[1].grade ?? 'miss',
    );
    console.log(`${scenario.name.padEnd(width)}  ${grades.map((grade) => grade.padEnd(18)).join('')}`);
  }
  const counted = COLUMNS.map(
    ({ dialect, mode }) =>
      [...results].filter(([cell, { grade }]) => scenarios.includes(cell.scenario) && cell.dialect === dialect && cell.mode === mode && grade === 'pass')
        .length,
  );
  console.log(`${'pass'.padEnd(width)}  ${counted.map((count) => `${count} of ${scenarios.length}`.padEnd(18)).join('')}`);
}

try {
  await runAll(cellsOf([...BENCH_SCENARIOS, ...OWN_SCENARIOS]));
} finally {
  await bench.stop();
}
print('The sixteen of Failover Bench, written anew', BENCH_SCENARIOS);
print('Our own', OWN_SCENARIOS);
const misses = [...results].filter(([, { grade }]) => grade === 'miss');
for (const [{ scenario, dialect, mode }, { problems }] of misses) console.log(`MISS ${scenario.name}, ${dialect} ${mode}: ${problems.join('; ')}`);
console.log(`\nheld = a stream with X-Switchyard-Hold-Back: complete; safe = an error that says so instead of the rescued answer.`);
console.log(
  `As documented: ${results.size - misses.length} of ${results.size}; part of an answer shown as a whole one: ${[...results.values()].filter(({ verdict }) => verdict === 'wrong').length}.`,
);
process.exitCode = misses.length === 0 ? 0 : 1;
