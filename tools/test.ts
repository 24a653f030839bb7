/**
 * `npm test`: everything the definition of done asks for: unit, compliance, integration, conformance,
 * attacks, architecture, types, packaging. Further parameters go to vitest (`npm test -- --project=unit`).
 * Last line: the counts. Fails on a failed test, on a skip that gives no reason, and in CI on one that is not declared.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCounts } from './count-reporter.ts';
import { isDeclared } from './declared-skips.ts';
import { prepareHost } from './host.ts';
import { root } from './paths.ts';
import { run } from './run.ts';

const isCi = process.env['CI'] !== undefined;
const report = join(root, '.reports/tests.json');

/** Prints skips by reason and returns how many may not be. */
function explainSkips({ skips }: TestCounts): number {
  const byReason = Map.groupBy(skips, ({ reason }) => reason ?? 'NO REASON GIVEN');
  for (const [reason, tests] of byReason) {
    process.stdout.write(`skipped ${tests.length}: ${reason}\n`);
    if (!isDeclared(tests[0]?.reason ?? null, isCi)) for (const { name } of tests) process.stdout.write(`  ${name}\n`);
  }
  return skips.filter(({ reason }) => !isDeclared(reason, isCi)).length;
}

async function main(parameters: readonly string[]): Promise<number> {
  const isPartial = parameters.some((parameter) => parameter.startsWith('--project'));
  if (!isPartial) for (const program of await prepareHost()) process.stdout.write(`${program} is not installed: tests that need it will be skipped\n`);
  const built = await run(process.execPath, ['tools/build.ts']);
  if (built !== 0) return built;
  rmSync(report, { force: true });
  const code = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...parameters], { env: { SWITCHYARD_TEST_REPORT: report } });
  const counts = JSON.parse(readFileSync(report, 'utf8')) as TestCounts;
  const undeclared = isPartial || parameters.includes('-t') ? 0 : explainSkips(counts);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return code !== 0 || undeclared > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
