/** A gateway with what the official suite asks for, and a slow tool. */
import { toggledPrompt, fixturePrompts } from '../conformance/fixture/prompts.ts';
import { fixtureResources } from '../conformance/fixture/resources.ts';
import { fixtureTools, toggledTool } from '../conformance/fixture/tools.ts';
import { slowTool } from '../integration/mcp/tools.ts';
import { startGateway, type Gateway } from './mcp-gateway.ts';

/** The resource that changes whenever the slow tool begins. */
export const WATCHED = 'test://watched-resource';

export async function startFixtureGateway(): Promise<Gateway> {
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
      slowTool(() => gateway.catalog.resourceUpdated(WATCHED)),
    ],
    prompts: fixturePrompts,
    resources: fixtureResources,
  });
  return gateway;
}
