import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { routingEntry } from '../../helpers/routing-entry.ts';
import { makeUser, type User } from './run.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

const entry = (run: string, at: number): string =>
  JSON.stringify(routingEntry({ run, at, costMicroUsd: 1_000_000, judgeMicroUsd: 500_000, strongMicroUsd: 6_000_000 }));

it('O6.c, O6.e: routing report tells savings and quality, and what it cannot tell yet', async () => {
  expect((await user.run('routing', 'report')).stdout).toBe('No run of orchestrator_run in this time.\n');
  mkdirSync(user.home, { recursive: true, mode: 0o700 });
  const old = Date.now() - 100 * 86_400_000;
  writeFileSync(join(user.home, 'routing.jsonl'), `${entry('old', old)}\n${entry('new', Date.now())}\n{"cut`, { mode: 0o600 });
  const { code, stdout } = await user.run('routing', 'report');
  expect(code).toBe(0);
  expect(stdout).toContain('1 run; 1 line of the journal cannot be read.');
  expect(stdout).toMatch(/Cost: 1\.5\d* USD with judging, 6\S* USD for the same tokens at the strongest tier: 75\.0 % saved \(1 run\)\./);
  expect(stdout).toContain('not enough data: 0 of 100 compared runs');
  expect(stdout).toContain('not enough data (1 of 30)');
  const { value } = await user.json('routing', 'report', '--since', '200d');
  expect(value).toMatchObject({ runs: 2, savings: { saved_share: 0.75 }, comparison: { status: 'not_enough_data', have: 0, need: 100 } });
});
