/** The shipped gateway with the suite's fixture registered, and a way in for a suite that knows no keys. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/index.ts';
import { startProxy } from './authorizing-proxy.ts';
import { fixturePrompts, toggledPrompt } from './fixture/prompts.ts';
import { fixtureResources } from './fixture/resources.ts';
import { fixtureTools, toggledTool } from './fixture/tools.ts';

/** A gateway to be judged. */
export interface Candidate {
  /** What the suite connects to; `localhost`, because it tries other names of this machine too. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it as it is shipped: only the port and the state folder are chosen. */
export async function startCandidate(): Promise<Candidate> {
  const home = mkdtempSync(join(tmpdir(), 'conformance-home-'));
  const hooks = {
    toggleTool: (): void => {
      const { tools } = app.targets;
      if (!tools.unregisterTool(toggledTool.name)) tools.registerTool(toggledTool);
    },
    togglePrompt: (): void => {
      const { tools } = app.targets;
      if (!tools.unregisterPrompt(toggledPrompt.name)) tools.registerPrompt(toggledPrompt);
    },
  };
  const app = createApp({
    home,
    cwd: home,
    env: {},
    config: { server: { port: 0 }, log: { level: 'error' } },
    doors: ['http'],
    isWatching: false,
    tools: fixtureTools(hooks),
    resources: fixtureResources,
    prompts: fixturePrompts,
  });
  await app.start();
  const { url, adminKeyFile } = app.endpoints();
  const proxy = await startProxy(Number(new URL(url).port), readFileSync(adminKeyFile, 'utf8').trim());
  return {
    url: `http://localhost:${proxy.port}/mcp`,
    async stop() {
      await proxy.stop();
      await app.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
