/**
 * Builds `dist/`:
 *
 *     dist/cli/main.js    the launcher (CommonJS, old syntax)
 *     dist/lib/*.mjs      program, library, threads and their chunks, all in one folder
 *     dist/types/         declarations reachable from src/index.ts
 *     dist/cache/         compiled code of the start, made by running it once
 *     dist/meta.json      which sources lie in which chunk; not published
 */
import { chmod, cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleGraph, bundleInto } from './bundle.ts';
import { declarationsInto } from './declarations.ts';
import { root } from './paths.ts';
import { warmStart } from './warm-start.ts';

/** The licences of what was really bundled must travel with it. */
async function licences({ outputs }: BundleGraph): Promise<string> {
  const sources = Object.values(outputs).flat();
  const names = new Set(sources.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? []));
  const parts = await Promise.all(
    [...names].sort().map(async (name) => {
      const folder = join(root, 'node_modules', name);
      const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string; license: string };
      for await (const file of glob('{LICENSE,LICENCE,license}*', { cwd: folder }))
        return `${name} ${version}\n\n${await readFile(join(folder, file), 'utf8')}`;
      return `${name} ${version}\n\nLicence ${license}, as its package.json declares; the package ships no text.\n`;
    }),
  );
  return parts.join(`\n${'-'.repeat(80)}\n`);
}

async function buildInto(fresh: string): Promise<void> {
  await mkdir(join(fresh, 'cli'), { recursive: true });
  const typed = process.argv.includes('--no-types') ? Promise.resolve() : declarationsInto(join(fresh, 'types'));
  // Both are awaited to their end: one must not write on into a folder that the other's failure has removed.
  const [types, bundled] = await Promise.allSettled([typed, bundleInto(join(fresh, 'lib'))]);
  if (bundled.status === 'rejected') throw bundled.reason;
  if (types.status === 'rejected') throw types.reason;
  await writeFile(join(fresh, 'meta.json'), JSON.stringify(bundled.value));
  await writeFile(join(fresh, 'THIRD-PARTY-LICENSES.txt'), await licences(bundled.value));
  await cp(join(root, 'src/cli/launcher.cjs'), join(fresh, 'cli/main.js'));
  await chmod(join(fresh, 'cli/main.js'), 0o755);
  await writeFile(join(fresh, 'cli/package.json'), '{"type":"commonjs"}\n');
}

/** Builds beside the old output and swaps at the end: a running `npm start` never sees half a build. */
async function main(): Promise<void> {
  const fresh = join(root, `.dist-${process.pid}`);
  const dist = join(root, 'dist');
  try {
    await buildInto(fresh);
    await rm(dist, { recursive: true, force: true });
    await rename(fresh, dist);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await warmStart(join(dist, 'cli/main.js'));
}

await main().catch((error: unknown) => {
  process.stderr.write(`build failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
