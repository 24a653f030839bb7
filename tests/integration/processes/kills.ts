/**
 * Processes that are killed at random moments while their clients call: five `stdio` beside a `serve`, all on one
 * home. What was acknowledged must be in the audit log afterwards, and the log must verify.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/core/json.ts';
import { isObject } from '../../../src/core/json.ts';
import { auditOf, makeHome, removeHome, startGateway, startStdio, verifyHome, type Gateway } from '../../helpers/gateway.ts';

const WORKERS = 5;
/** One call of three has an effect, and so an intent before its outcome. */
const WRITE_EVERY = 3;

export interface KillReport {
  readonly kills: number;
  readonly serveKills: number;
  readonly acknowledged: number;
  /** Correlation ids of acknowledged calls that the log does not have. */
  readonly lost: readonly string[];
  readonly records: unknown;
  readonly verify: JsonObject;
  readonly seconds: number;
}

interface Run {
  readonly home: string;
  readonly acknowledged: string[];
  kills: number;
}

/** Kills so many stdio processes, and the serve itself four times, also while it is called. Every lone process writes its own segment. */
export async function killAtRandom(count: number): Promise<KillReport> {
  const startedAt = performance.now();
  const home = makeHome();
  writeFileSync(join(home, 'switchyard.yaml'), 'limits:\n  roles: { developer: 10000000 }\n  burst: 10000\naudit:\n  checkpointEveryRecords: 50\n');
  const run: Run = { home, acknowledged: [], kills: 0 };
  let serve: Gateway = await startGateway({ home });
  let serveKills = 0;
  for (let quarter = 1; quarter <= 4; quarter += 1) {
    const goal = Math.ceil((count * quarter) / 4);
    const working = Promise.all(Array.from({ length: WORKERS }, (_, worker) => killUntil(run, goal, worker)));
    await new Promise((resolve) => {
      setTimeout(resolve, 200 + Math.random() * 400);
    });
    await serve.end('SIGKILL');
    serveKills += 1;
    serve = await startGateway({ home });
    await working;
  }
  const { code } = await serve.end('SIGTERM');
  const verify = await verifyHome(home);
  const known = new Set((await auditOf(home, '--event', 'tool_executed')).filter(({ phase }) => phase === 'outcome').map(({ correlationId }) => correlationId));
  const report: KillReport = {
    kills: run.kills,
    serveKills,
    acknowledged: run.acknowledged.length,
    lost: run.acknowledged.filter((id) => !known.has(id)),
    records: verify['records'],
    verify: { ...verify, serveExit: code },
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  removeHome(home);
  return report;
}

/** Every other process runs alone, the rest attached. */
async function killUntil(run: Run, goal: number, worker: number): Promise<void> {
  for (let round = worker; run.kills < goal; round += 1) {
    run.kills += 1;
    const client = startStdio(run.home, { args: round % 2 === 0 ? ['--alone'] : [] });
    let isOver = false;
    void client.ended.then(() => {
      isOver = true;
    });
    // One of eight dies while it starts, the others among their calls.
    if (round % 8 === 7) setTimeout(() => client.child.kill('SIGKILL'), Math.random() * 100);
    await client.initialize();
    const timer = setTimeout(() => client.child.kill('SIGKILL'), Math.random() * 150);
    for (let call = 0; !isOver; call += 1) {
      const answers = await Promise.all(Array.from({ length: 4 }, (_, index) => client.request('tools/call', callOf(call * 4 + index, worker))));
      for (const answer of answers) {
        const id = correlationIdOf(answer);
        if (id !== undefined) run.acknowledged.push(id);
      }
    }
    clearTimeout(timer);
    await client.ended;
  }
}

function callOf(call: number, worker: number): JsonObject {
  return call % WRITE_EVERY === 0
    ? { name: 'write_file', arguments: { path: `worker-${worker}.txt`, content: String(call) } }
    : { name: 'echo', arguments: { message: String(call) } };
}

/** Of a call that succeeded. */
function correlationIdOf(answer: JsonObject | undefined): string | undefined {
  const result = answer?.['result'];
  const content = isObject(result) ? result['structuredContent'] : undefined;
  return isObject(content) && content['success'] === true && typeof content['correlation_id'] === 'string' ? content['correlation_id'] : undefined;
}
