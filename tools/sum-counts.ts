/**
 * Adds up reports of test runs: `sum-counts.ts <passed> <failed> <report>…`. A report that is missing
 * is a failure. Prints every failure and every skip, then the sum as the last line.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { TestCounts } from './count-reporter.ts';

const MISSING: TestCounts = { passed: 0, failed: 1, skipped: 0, skips: [], failures: ['a report is missing: the run broke off'] };

/** The sum of the reports and the counts that have none. */
export function sumCounts(passed: number, failed: number, reports: readonly TestCounts[]): TestCounts {
  return {
    passed: reports.reduce((sum, report) => sum + report.passed, passed),
    failed: reports.reduce((sum, report) => sum + report.failed, failed),
    skipped: reports.reduce((sum, report) => sum + report.skipped, 0),
    skips: reports.flatMap(({ skips }) => skips),
    failures: reports.flatMap(({ failures }) => failures),
  };
}

/** Exit code: 1 for any failure, any skip without a reason, and for a run that passed nothing. */
export function exitCodeOf({ passed, failed, skips }: TestCounts): number {
  return failed > 0 || passed === 0 || skips.some(({ reason }) => reason === null) ? 1 : 0;
}

function main([passed, failed, ...files]: readonly string[]): number {
  const reports = files.map((file) => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestCounts) : MISSING));
  const sum = sumCounts(Number(passed), Number(failed), reports);
  for (const failure of sum.failures) process.stdout.write(`failed: ${failure}\n`);
  for (const { name, reason } of sum.skips) process.stdout.write(`skipped: ${name}: ${reason ?? 'NO REASON GIVEN'}\n`);
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}\n`);
  return exitCodeOf(sum);
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
