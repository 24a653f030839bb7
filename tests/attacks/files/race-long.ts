/**
 * Long races with a report in JSON: `RACE_READS=1000000 node tests/attacks/files/race-long.ts`.
 * Exit code 1 when the pinned workspace leaks. The weaker mechanism and the naive way are measured
 * beside it (a tenth of the reads), for the record.
 */
import { createArena, guardedAttempts, naiveAttempts, race } from './race.ts';

const reads = Number(process.env['RACE_READS'] ?? 1_000_000);

async function main(): Promise<void> {
  await using arena = await createArena();
  const run = { attempts: reads, timeBudgetMs: 14 * 60_000 };
  const pinned = await race(arena, guardedAttempts(arena, 'pinned').read, run);
  console.log(JSON.stringify({ name: 'pinned', ...pinned }));
  const part = { attempts: Math.ceil(reads / 10), timeBudgetMs: 60_000 };
  console.log(JSON.stringify({ name: 'rechecked', ...(await race(arena, guardedAttempts(arena, 'rechecked').read, part)) }));
  console.log(JSON.stringify({ name: 'realpath, then open', ...(await race(arena, naiveAttempts(arena).read, part)) }));
  if (pinned.leaks > 0) process.exitCode = 1;
}

await main();
