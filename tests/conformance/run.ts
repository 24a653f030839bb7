/**
 * The official conformance suite against the gateway: `node tests/conformance/run.ts [revision …]`.
 * Reports each scenario that fails; the last line is one JSON object {"server-<revision>":
 * "passed/required"}. Exit code 1 unless everything required passes.
 */
import { ALICE, startGateway } from '../helpers/mcp-gateway.ts';
import { startProxy } from './authorizing-proxy.ts';
import { fixturePrompts, toggledPrompt } from './fixture/prompts.ts';
import { fixtureResources } from './fixture/resources.ts';
import { fixtureTools, toggledTool } from './fixture/tools.ts';
import { runServerSuite, type ScenarioResult } from './suite.ts';

const revisions = process.argv.length > 2 ? process.argv.slice(2) : ['2025-11-25', '2026-07-28'];

const gateway = await startGateway({
  tools: fixtureTools({
    toggleTool: () => { if (!gateway.catalog.unregisterTool(toggledTool.name)) gateway.catalog.registerTool(toggledTool as never); },
    togglePrompt: () => { if (!gateway.catalog.unregisterPrompt(toggledPrompt.name)) gateway.catalog.registerPrompt(toggledPrompt); },
  }) as never,
  prompts: fixturePrompts,
  resources: fixtureResources,
});
const proxy = await startProxy(gateway.port, ALICE);

const describe = ({ scenario, failures, warnings }: ScenarioResult): string[] =>
  [...failures.map((failure) => `FAIL ${scenario}: ${failure}`), ...warnings.map((warning) => `warn ${scenario}: ${warning}`)];

const summary: Record<string, string> = {};
let isComplete = true;
for (const revision of revisions) {
  const { required, unscored } = await runServerSuite(`http://localhost:${proxy.port}/mcp`, revision);
  const passed = required.filter(({ failures }) => failures.length === 0);
  for (const line of required.flatMap(describe)) console.log(`${revision} ${line}`);
  for (const line of unscored.flatMap(describe)) console.log(`${revision} (not scored) ${line}`);
  summary[`server-${revision}`] = `${passed.length}/${required.length}`;
  isComplete &&= passed.length === required.length;
}
await proxy.stop();
await gateway.stop();
console.log(JSON.stringify(summary));
process.exitCode = isComplete ? 0 : 1;
