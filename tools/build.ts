/**
 * Builds `dist/`: the launcher, one split ES module bundle for the command line, the library and the
 * threads, and the declarations of the public surface.
 *
 *     dist/cli/main.js    the launcher (CommonJS, old syntax)
 *     dist/lib/*.js       entries and chunks, all in one folder
 *     dist/types/         declarations reachable from src/index.ts
 *     dist/meta.json      esbuild's graph; the start path test reads it
 */
import { build, type BuildOptions, type BuildResult, type Plugin } from 'esbuild';
import { execFile } from 'node:child_process';
import { chmod, cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './paths.ts';

/**
 * Packages that go into the bundle. Resolving and reading one costs 2 to 10 ms at start, so the small
 * ones that every start needs are inside; whatever is heavy, native or loaded late stays outside.
 */
const BUNDLED: ReadonlySet<string> = new Set(['@cfworker/json-schema', '@hono/node-server', '@valibot/to-json-schema', 'commander', 'hono', 'jsonc-parser', 'valibot', 'yaml']);

/** A file that runs in a thread is addressed as `new URL('./x.ts', import.meta.url)`; that makes it an entry of its own. */
const THREAD_URL = /new URL\((['"])(\.{1,2}\/(?:[\w.-]+\/)*([\w.-]+))\.ts\1, import\.meta\.url\)/g;

/** All outputs lie in one folder, so a thread's URL is its file name, whichever chunk asks for it. */
const threadUrls: Plugin = {
  name: 'thread-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll(THREAD_URL, "new URL('./$3.js', import.meta.url)") };
    });
  },
};

/** Leaves every package outside that is not on the list. */
const externals: Plugin = {
  name: 'externals',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('node:')) return undefined;
      const name = path.split('/').slice(0, path.startsWith('@') ? 2 : 1).join('/');
      return BUNDLED.has(name) ? undefined : { path, external: true };
    });
  },
};

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
    plugins: [externals, threadUrls],
  });
}

const run = promisify(execFile);

async function declarations(outDir: string): Promise<void> {
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', outDir], { cwd: root })
    .catch((error: unknown) => {
      process.stderr.write(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
      process.exit(1);
    });
}

/** The licences of what was really bundled must travel with it. */
async function licences(inputs: Iterable<string>): Promise<string> {
  const names = new Set([...inputs].flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? []));
  const parts = await Promise.all([...names].sort().map(async (name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string; license: string };
    for await (const file of glob('{LICENSE,LICENCE,license}*', { cwd: folder })) return `${name} ${version}\n\n${await readFile(join(folder, file), 'utf8')}`;
    return `${name} ${version}\n\nLicence ${license}, as its package.json declares; the package ships no text.\n`;
  }));
  return parts.join(`\n${'-'.repeat(80)}\n`);
}

/** Builds beside the old output and swaps at the end: a running `npm start` never sees half a build. */
async function main(): Promise<void> {
  const dist = join(root, 'dist');
  const fresh = join(root, `.dist-${process.pid}`);
  await mkdir(join(fresh, 'cli'), { recursive: true });
  const [{ metafile }] = await Promise.all([bundle(join(fresh, 'lib')), process.argv.includes('--no-types') ? undefined : declarations(join(fresh, 'types'))]);
  await cp(join(root, 'src/cli/launcher.cjs'), join(fresh, 'cli/main.js'));
  await chmod(join(fresh, 'cli/main.js'), 0o755);
  await writeFile(join(fresh, 'cli/package.json'), '{"type":"commonjs"}\n');
  await writeFile(join(fresh, 'meta.json'), JSON.stringify(metafile));
  await writeFile(join(fresh, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(metafile.inputs)));
  await rm(dist, { recursive: true, force: true });
  await rename(fresh, dist);
}

await main();
