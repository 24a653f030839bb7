/**
 * `npm run lint`: format, rules and dead code. `npm run format` (`--fix`) writes what can be mended.
 * The linters live in tools/lint and are installed on first use; no lockfile, exact pins.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.ts';
import { run } from './run.ts';

const folder = join(root, 'tools/lint');
const FOLDERS = ['src', 'tests', 'tools', 'bench', 'examples', 'vitest.config.ts'];

/** Whether every pin of the manifest is what lies in node_modules. */
function isInstalled(): boolean {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  return Object.entries(dependencies).every(([name, version]) => {
    const manifest = join(folder, 'node_modules', name, 'package.json');
    return existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === version;
  });
}

async function main(): Promise<number> {
  if (!isInstalled()) {
    // A registry that stalls must not stop everything: npm itself would wait for many minutes.
    const install = (): Promise<number> =>
      run('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, timeout: 180_000 });
    const installed = (await install()) && (await install());
    if (installed !== 0) {
      process.stderr.write('The linters of tools/lint cannot be installed: is the npm registry reachable?\n');
      return installed;
    }
  }
  const bin = join(folder, 'node_modules/.bin');
  const present = FOLDERS.filter((path) => existsSync(join(root, path)));
  const shouldFix = process.argv.includes('--fix');
  const biome = await run(join(bin, 'biome'), [
    'check',
    `--config-path=${join(folder, 'rules.json')}`,
    '--max-diagnostics=50',
    ...(shouldFix ? ['--write'] : []),
    ...present,
  ]);
  if (shouldFix || process.argv.includes('--no-knip')) return biome;
  const knip = await run(join(bin, 'knip'), ['--directory', root, '--config', join(folder, 'knip.json'), '--no-progress']);
  return Math.max(biome, knip);
}

process.exitCode = await main();
