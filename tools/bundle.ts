/**
 * The bundle: one folder of ES modules. What `switchyard stdio` loads until its first answer lies in
 * one chunk of its own, because a client waits for it: every further file costs half a millisecond of
 * resolving, every kilobyte that is not needed is compiled for nothing. The endings are .mjs: for .js
 * Node reads package.json files up the tree.
 */
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type ChunkingContext, type OutputChunk, type RolldownOutput, rolldown } from 'rolldown';
import { leanImportsPlugin, THREAD_URL } from './lean-imports.ts';
import { root } from './paths.ts';

/** What a client waits for, without the command itself: other commands share this code, but not what importing the command does. */
const STARTED = ['src/app/app.ts', 'src/app/attach.ts'].map((path) => join(root, path));
/** Takes stdout for the protocol when it is loaded: a chunk of its own, so that only `stdio` loads it, and before all else. */
const GUARD = join(root, 'src/cli/stdout-guard.ts');

/** Which sources lie in which output, for tests and licences. Paths from the root of the checkout. */
export interface BundleGraph {
  readonly outputs: Readonly<Record<string, readonly string[]>>;
}

/**
 * A package is bundled unless the manifest lists it under `dependencies` or `peerDependencies`: those
 * stay outside, for what is native or heavy and loaded late. Bundling halves the start, and a tarball
 * without dependencies is one download for `npx`.
 */
async function externals(): Promise<RegExp[]> {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  return Object.keys({ ...dependencies, ...peerDependencies }).map((name) => new RegExp(`^${name.replaceAll('.', '\\.')}(?:/|$)`));
}

/** The program, the library, and every file that runs in a thread. @throws Error when two threads' files share a name */
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

/** Everything that the modules load before they run, themselves included. */
function staticClosure(context: ChunkingContext, entries: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) visit(imported);
  };
  for (const entry of entries) visit(entry);
  return seen;
}

/** Names the chunks that are chosen by hand. */
function createChunkNamer(): (id: string, context: ChunkingContext) => string | null {
  let started: ReadonlySet<string> | undefined;
  return (id, context) => {
    started ??= staticClosure(context, STARTED);
    if (id === GUARD) return 'stdout-guard';
    return started.has(id) ? 'start' : null;
  };
}

/** Names stay readable (they appear in logged stacks); syntax and white space are compacted. */
async function write(outdir: string): Promise<RolldownOutput> {
  const bundle = await rolldown({
    cwd: root,
    input: await entryPoints(),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node22.19' },
    external: await externals(),
    // What koa's parts use to warn of outdated calls makes functions by eval; its form for browsers does not, and warns of nothing.
    resolve: { mainFields: ['module', 'main'], alias: { depd: join(root, 'node_modules/depd/lib/browser/index.js') } },
    preserveEntrySignatures: 'allow-extension',
    plugins: [leanImportsPlugin],
    onLog(level, log, next) {
      if (log.code === 'UNRESOLVED_IMPORT' || level === 'warn') throw new Error(log.message);
      next(level, log);
    },
  });
  try {
    return await bundle.write({
      dir: outdir,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      charset: 'ascii',
      comments: false,
      // The names of classes are read by oidc-provider: they say what kind a record is.
      minify: { compress: { keepNames: { class: true, function: false } }, mangle: false, codegen: { removeWhitespace: true, asciiOnly: true } },
      codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: createChunkNamer(), debugName: 'chosen', minSize: 0 }] },
    });
  } finally {
    await bundle.close();
  }
}

/** Writes the bundle into the folder. */
export async function bundleInto(outdir: string): Promise<BundleGraph> {
  const { output } = await write(outdir);
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
  return { outputs: Object.fromEntries(chunks.map(({ fileName, moduleIds }) => [fileName, moduleIds.map((id) => relative(root, id.split('?')[0] ?? id))])) };
}
