/**
 * `npm run attacks`: every attack of tests/attacks against this build, and a scorecard by OWASP MCP Top 10. An attack
 * counts as held when its test passes: the forbidden effect did not happen. Controls, in which it does, are counted apart.
 * Exit code 0 = all held. What needs minutes (races, the whole corpus of the sandbox) is part of `npm run test:long`.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { OWASP, PLACES } from '../tests/attacks/owasp.ts';
import { root } from './paths.ts';
import { run } from './run.ts';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly title: string; readonly status: string }[];
  }[];
}

interface Score {
  attacks: number;
  held: number;
  controls: number;
  skipped: number;
}

const file = join(root, '.reports/attacks.json');

/** A name says it itself, else its folder or file. */
function idOf(path: string, name: string): string {
  const own = /\b(MCP\d\d):/.exec(name)?.[1];
  if (own !== undefined) return own;
  const place = Object.keys(PLACES)
    .filter((prefix) => path === prefix || path.startsWith(`${prefix}/`))
    .toSorted((left, right) => right.length - left.length)[0];
  return (place && PLACES[place]) ?? 'unknown';
}

function score({ testResults }: Report): Map<string, Score> {
  const scores = new Map<string, Score>();
  for (const { name, assertionResults } of testResults) {
    const path = relative(join(root, 'tests/attacks'), name);
    for (const { fullName, status } of assertionResults) {
      const id = idOf(path, fullName);
      const one = scores.get(id) ?? { attacks: 0, held: 0, controls: 0, skipped: 0 };
      scores.set(id, one);
      if (status !== 'passed' && status !== 'failed') one.skipped += 1;
      else if (/\bcontrols?\b/i.test(fullName)) one.controls += 1;
      else {
        one.attacks += 1;
        if (status === 'passed') one.held += 1;
      }
    }
  }
  return scores;
}

function print(scores: ReadonlyMap<string, Score>): void {
  const row = (id: string, { attacks, held, controls, skipped }: Score, what: string): string =>
    `${id.padEnd(8)}${String(attacks).padStart(8)}${String(held).padStart(8)}${String(controls).padStart(10)}${String(skipped).padStart(9)}  ${what}`;
  process.stdout.write(`\n${'ID'.padEnd(8)} attacks    held  controls  skipped\n`);
  const total: Score = { attacks: 0, held: 0, controls: 0, skipped: 0 };
  for (const [id, one] of [...scores].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    process.stdout.write(`${row(id, one, OWASP[id] ?? '')}\n`);
    for (const key of ['attacks', 'held', 'controls', 'skipped'] as const) total[key] += one[key];
  }
  process.stdout.write(`${row('all', total, '')}\n`);
}

async function main(): Promise<number> {
  rmSync(file, { force: true });
  if (!process.argv.includes('--no-build') && (await run(process.execPath, ['tools/build.ts'])) !== 0) return 1;
  const code = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project=attacks', '--reporter=json', `--outputFile=${file}`]);
  const scores = score(JSON.parse(readFileSync(file, 'utf8')) as Report);
  print(scores);
  return code;
}

process.exitCode = await main();
