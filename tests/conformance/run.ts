/**
 * The official conformance suite against the shipped gateway: `node tests/conformance/run.ts [revision …]`.
 * Reports each scenario that fails; the last line is one JSON object {"server-<revision>":
 * "passed/required"}. Exit code 1 unless everything required passes.
 */
import { startCandidate } from './gateway.ts';
import { runServerSuite, type ScenarioResult } from './suite.ts';

const revisions = process.argv.length > 2 ? process.argv.slice(2) : ['2025-11-25', '2026-07-28'];

const describe = ({ scenario, failures, warnings }: ScenarioResult): string[] => [
  ...failures.map((failure) => `FAIL ${scenario}: ${failure}`),
  ...warnings.map((warning) => `warn ${scenario}: ${warning}`),
];

const candidate = await startCandidate();
const summary: Record<string, string> = {};
let isComplete = true;
try {
  for (const revision of revisions) {
    const { required, unscored } = await runServerSuite(candidate.url, revision);
    const passed = required.filter(({ failures }) => failures.length === 0);
    for (const line of required.flatMap(describe)) console.log(`${revision} ${line}`);
    for (const line of unscored.flatMap(describe)) console.log(`${revision} (not scored) ${line}`);
    summary[`server-${revision}`] = `${passed.length}/${required.length}`;
    isComplete &&= passed.length === required.length;
  }
} finally {
  await candidate.stop();
}
console.log(JSON.stringify(summary));
process.exitCode = isComplete ? 0 : 1;
