/** Every scenario of `npm run faults`, each as a test of its own; and the document that lists them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../../tools/paths.ts';
import { cellsOf, startFaultBench, type Cell, type FaultBench } from '../../helpers/fault-bench.ts';
import { BENCH_SCENARIOS, expectedOf, idealOf, OWN_SCENARIOS, type Mode, type Scenario } from '../../helpers/fault-scenarios.ts';

let bench: FaultBench;
beforeAll(async () => {
  bench = await startFaultBench();
});
afterAll(() => bench.stop());

const GROUPS = (['openai', 'anthropic'] as const).flatMap((dialect) => (['plain', 'stream', 'held'] as const).map((mode) => ({ dialect, mode })));
const cellsIn = (scenarios: readonly Scenario[], dialect: Cell['dialect'], mode: Mode): { name: string; cell: Cell }[] =>
  cellsOf(scenarios)
    .filter((cell) => cell.dialect === dialect && cell.mode === mode)
    .map((cell) => ({ name: cell.scenario.name, cell }));

// @requirement M6.a M4.a M4.b M5.a M5.b
describe.each(GROUPS)('the sixteen faults: $dialect, $mode', ({ dialect, mode }) => {
  it.concurrent.each(cellsIn(BENCH_SCENARIOS, dialect, mode))('$name', async ({ cell }) => {
    expect((await bench.run(cell)).problems).toEqual([]);
  });
});

// @requirement M4.a M5.a M5.b
describe.each(GROUPS)('our own faults: $dialect, $mode', ({ dialect, mode }) => {
  it.concurrent.each(cellsIn(OWN_SCENARIOS, dialect, mode))('$name', async ({ cell }) => {
    expect((await bench.run(cell)).problems).toEqual([]);
  });
});

describe('docs/failover.md', () => {
  const text = readFileSync(join(root, 'docs/failover.md'), 'utf8');
  const wordOf = (scenario: Scenario, dialect: Cell['dialect'], mode: Mode): string => {
    const verdict = expectedOf(scenario, dialect, mode);
    return verdict === 'complete' ? 'whole' : idealOf(scenario) === 'error' ? 'refused' : 'error';
  };
  const rowOf = (scenario: Scenario): string => {
    const cells = (['plain', 'stream', 'held'] as const).map((mode) => {
      const [openai, anthropic] = [wordOf(scenario, 'openai', mode), wordOf(scenario, 'anthropic', mode)];
      return openai === anthropic ? openai : `${openai}; Anthropic: ${anthropic}`;
    });
    return `| ${scenario.name} | ${cells.join(' | ')} |`;
  };

  it.each([...BENCH_SCENARIOS, ...OWN_SCENARIOS].map(rowOf))('has the row %s', (row) => {
    expect(text).toContain(row);
  });

  it('counts the sixteen as they are', () => {
    const passes = (dialect: Cell['dialect'], mode: Mode): string =>
      `${BENCH_SCENARIOS.filter((scenario) => expectedOf(scenario, dialect, mode) === idealOf(scenario)).length} of 16`;
    for (const mode of ['plain', 'stream', 'held'] as const) expect(text).toContain(`| ${mode} | ${passes('openai', mode)} | ${passes('anthropic', mode)} |`);
  });
});
