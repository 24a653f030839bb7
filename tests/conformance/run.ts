/**
 * The official conformance suite against the shipped gateway, as a server and as a client:
 * `node tests/conformance/run.ts [revision …]`. Reports each scenario that fails; the last line is one JSON object
 * {"server-<revision>": "passed/required", "client-<revision>": …}. Exit code 1 unless everything required passes.
 */
import { rmSync } from 'node:fs';
import { bundleHarness } from './client/bundle.ts';
import { startCandidate } from './gateway.ts';
import { runClientSuite, runServerSuite, type ScenarioResult, type SuiteResult } from './suite.ts';

const revisions = process.argv.length > 2 ? process.argv.slice(2) : ['2025-11-25', '2026-07-28'];
const summary: Record<string, string> = {};
let isComplete = true;

const describe = ({ scenario, failures, warnings }: ScenarioResult): string[] => [
  ...failures.map((failure) => `FAIL ${scenario}: ${failure}`),
  ...warnings.map((warning) => `warn ${scenario}: ${warning}`),
];

function report(side: 'server' | 'client', revision: string, { required, unscored }: SuiteResult): void {
  const passed = required.filter(({ failures }) => failures.length === 0);
  for (const line of required.flatMap(describe)) console.log(`${side} ${revision} ${line}`);
  for (const line of unscored.flatMap(describe)) console.log(`${side} ${revision} (not scored) ${line}`);
  summary[`${side}-${revision}`] = `${passed.length}/${required.length}`;
  isComplete &&= passed.length === required.length;
}

const candidate = await startCandidate();
try {
  for (const revision of revisions) report('server', revision, await runServerSuite(candidate.url, revision));
} finally {
  await candidate.stop();
}
const harness = await bundleHarness();
try {
  for (const revision of revisions) report('client', revision, await runClientSuite(harness.command, revision));
} finally {
  rmSync(harness.folder, { recursive: true, force: true });
}
console.log(JSON.stringify(summary));
process.exitCode = isComplete ? 0 : 1;
