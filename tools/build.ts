/**
 * Builds `dist/`: the launcher, one split ES module bundle for the command line, the library and the
 * threads, and the declarations of the public surface.
 *
 *     dist/cli/main.js    the launcher (CommonJS, old syntax)
 *     dist/lib/*.js       entries and chunks, all in one folder
 *     dist/types/         declarations reachable from src/index.ts
 *     dist/meta.json      esbuild's graph; the start path test reads it
 */
import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { execFile } from 'node:child_process';
import { chmod, cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { leanImportsPlugin, THREAD_URL } from './lean-imports.ts';
import { root } from './paths.ts';

/**
 * A package is bundled unless the manifest lists it under `dependencies` or `peerDependencies`: those
 * stay outside, for what is native or heavy and loaded late. Bundling halves the start, and a tarball
 * without dependencies is one download for `npx`.
 */
async function externals(): Promise<string[]> {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => [name, `${name}/*`]);
}

/** @throws Error when two threads' files share a name */
async function entryPoints(): Promise<Record<string, string>> {
  const entries: Record<string, string> = { main: 'src/cli/main.ts', index: 'src/index.ts' };
  for await (const file of glob('src/**/*.ts', { cwd: root })) {
    for (const [, , path = '', name = ''] of (await readFile(join(root, file), 'utf8')).matchAll(THREAD_URL)) {
      const thread = join(dirname(file), `${path}.ts`);
      if ((entries[name] ?? thread) !== thread) throw new Error(`${thread} and ${entries[name]} share a name: rename one`);
      entries[name] = thread;
    }
  }
  return entries;
}

/** Function names stay (they appear in logged stacks); syntax is compacted, white space too. */
async function bundle(outdir: string): Promise<BuildResult<BuildOptions & { metafile: true }>> {
  return build({
    absWorkingDir: root,
    entryPoints: await entryPoints(),
    external: await externals(),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    chunkNames: '[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    legalComments: 'none',
    // Bundled CommonJS packages call require for Node's own modules.
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    plugins: [leanImportsPlugin],
  });
}

const run = promisify(execFile);

/** @throws Error with the compiler's own text */
async function declarations(outDir: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', outDir], { cwd: root }).catch((error: unknown) => {
    throw new Error(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
  });
}

/** The licences of what was really bundled must travel with it. */
async function licences(inputs: Iterable<string>): Promise<string> {
  const names = new Set([...inputs].flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? []));
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

/** Builds beside the old output and swaps at the end: a running `npm start` never sees half a build. */
async function main(): Promise<void> {
  const fresh = join(root, `.dist-${process.pid}`);
  try {
    await buildInto(fresh);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    await rename(fresh, join(root, 'dist'));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function buildInto(fresh: string): Promise<void> {
  await mkdir(join(fresh, 'cli'), { recursive: true });
  const typed = process.argv.includes('--no-types') ? Promise.resolve() : declarations(join(fresh, 'types'));
  // Both are awaited to their end: one must not write on into a folder that the other's failure has removed.
  await Promise.allSettled([typed, bundle(join(fresh, 'lib'))]).then(async ([types, bundled]) => {
    if (bundled.status === 'rejected') throw bundled.reason;
    if (types.status === 'rejected') throw types.reason;
    const { metafile } = bundled.value;
    await writeFile(join(fresh, 'meta.json'), JSON.stringify(metafile));
    await writeFile(join(fresh, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(metafile.inputs)));
  });
  await cp(join(root, 'src/cli/launcher.cjs'), join(fresh, 'cli/main.js'));
  await chmod(join(fresh, 'cli/main.js'), 0o755);
  await writeFile(join(fresh, 'cli/package.json'), '{"type":"commonjs"}\n');
}

await main().catch((error: unknown) => {
  process.stderr.write(`build failed: ${error instanceof Error ? error.message.split(':\n')[0] : String(error)}\n`);
  process.exitCode = 1;
});
