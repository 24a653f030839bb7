/**
 * `npm run test:long`: the scripts named `*-long.ts` below tests/, one after the other: races and
 * loads that take minutes. Each is one test: exit code 0 is a pass. Writes the counts like `npm test`.
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCounts } from './count-reporter.ts';
import { root } from './paths.ts';
import { run } from './run.ts';

async function main(): Promise<number> {
  const failures: string[] = [];
  const scripts = globSync('tests/**/*-long.ts', { cwd: root, exclude: ['**/node_modules/**'] }).sort();
  for (const script of scripts) {
    process.stdout.write(`long: ${script}\n`);
    if ((await run(process.execPath, [script])) !== 0) failures.push(script);
  }
  const counts: TestCounts = { passed: scripts.length - failures.length, failed: failures.length, skipped: 0, skips: [], failures };
  mkdirSync(join(root, '.reports'), { recursive: true });
  writeFileSync(join(root, '.reports/long.json'), JSON.stringify(counts, null, 2));
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

process.exitCode = await main();
