/** Twenty upstreams: what the start, a long list and the memory are like, against the gateway without any. */
import { createHome, gateway } from '../home.ts';
import { rssMb } from '../measure.ts';
import { createStdioClient } from '../mcp-client.ts';
import { timeProcess } from '../timed-process.ts';
import { adminKey, listTools, startOurs, untilTools } from './sides.ts';
import { stdioEntry, stdioUpstream } from './traffic.ts';

const TOOLS_EACH = 20;

/** Milliseconds from the start of the process to its first answer, one a round. */
export interface CrowdStart {
  readonly noneMs: number[];
  readonly crowdMs: number[];
}

/** What twenty upstreams with twenty tools each are like. */
export interface Crowd {
  readonly listMs: readonly number[];
  readonly rssMb: number;
}

function crowd(isBad: boolean): Record<string, object> {
  const modes = Array.from({ length: 20 }, (_, index) => (isBad && index < 3 ? 'hang' : isBad && index < 5 ? 'crash' : 'good'));
  return Object.fromEntries(modes.map((mode, index) => [`up${index}`, stdioEntry(stdioUpstream(TOOLS_EACH, mode))]));
}

/** A legacy client: the time until initialize is answered and ping was called. */
async function firstAnswerMs(env: NodeJS.ProcessEnv, workspace: string): Promise<number> {
  const startedAt = performance.now();
  const { found } = await timeProcess([process.execPath, gateway, 'stdio', '--workspace', workspace], env, async (program) => {
    const call = createStdioClient(program, 'legacy');
    await call('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } });
    await call('tools/list');
    await call('tools/call', { name: 'ping', arguments: {} });
    return performance.now() - startedAt;
  });
  return found;
}

/** Starts by turns, with nothing remembered of the upstreams: three of the twenty hang and two crash. */
export async function measureCrowdStart(rounds: number): Promise<CrowdStart> {
  const start: CrowdStart = { noneMs: [], crowdMs: [] };
  const upstreams = JSON.stringify(crowd(true));
  for (let round = -1; round < rounds; round += 1) {
    for (const [times, more] of [
      [start.noneMs, {}],
      [start.crowdMs, { SWITCHYARD_UPSTREAMS: upstreams }],
    ] as const) {
      const home = createHome({ isRaised: true });
      try {
        const took = await firstAnswerMs({ ...home.env, ...more }, home.workspace);
        if (round >= 0) times.push(took);
      } finally {
        home.remove();
      }
    }
  }
  return start;
}

/** Connects all twenty, then lists their 400 tools again and again. */
export async function measureCrowd(lists: number): Promise<Crowd> {
  const home = createHome({ isRaised: true });
  const server = await startOurs(home, crowd(false));
  try {
    const key = adminKey(home);
    await untilTools(server.port, key, 20 * TOOLS_EACH);
    const listMs: number[] = [];
    for (let count = 0; count < lists; count += 1) {
      const startedAt = performance.now();
      await listTools(server.port, key);
      listMs.push(performance.now() - startedAt);
    }
    return { listMs, rssMb: rssMb(server.pid) };
  } finally {
    await server.stop();
    home.remove();
  }
}
