/** `npm run check`: what every commit passes, in under a minute: format, lint, types, architecture, unit. */
import { run } from './run.ts';

const STEPS: readonly (readonly [name: string, parameters: readonly string[]])[] = [
  ['format and lint', ['tools/lint.ts']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['architecture and unit', ['node_modules/vitest/vitest.mjs', 'run', '--project=architecture', '--project=unit', '--project=compliance', '--reporter=dot']],
];

const startedAt = performance.now();
const failed: string[] = [];
for (const [name, parameters] of STEPS) {
  const stepAt = performance.now();
  const code = await run(process.execPath, parameters);
  if (code !== 0) failed.push(name);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - stepAt) / 1000).toFixed(1)} s)\n`);
}
process.stdout.write(`check ${failed.length === 0 ? 'passed' : `failed: ${failed.join(', ')}`} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
