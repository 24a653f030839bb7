/** A gateway with the conformance fixture on the standard streams, for clients that start their server. */
import { toggledPrompt, fixturePrompts } from '../conformance/fixture/prompts.ts';
import { fixtureResources } from '../conformance/fixture/resources.ts';
import { fixtureTools, toggledTool } from '../conformance/fixture/tools.ts';
import { slowTool } from '../integration/mcp/tools.ts';
import { startGateway } from './mcp-gateway.ts';

const gateway = await startGateway({
  tools: [
    ...fixtureTools({
      toggleTool: () => {
        if (!gateway.catalog.unregisterTool(toggledTool.name)) gateway.catalog.registerTool(toggledTool);
      },
      togglePrompt: () => {
        if (!gateway.catalog.unregisterPrompt(toggledPrompt.name)) gateway.catalog.registerPrompt(toggledPrompt);
      },
    }),
    slowTool(() => gateway.catalog.resourceUpdated('test://watched-resource')),
  ],
  prompts: fixturePrompts,
  resources: fixtureResources,
});
await gateway.door.serveStdio({ input: process.stdin, output: process.stdout }).closed;
await gateway.stop();
