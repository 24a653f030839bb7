/** The harness as plain JavaScript: the suite starts some forty at once, and each would translate a hundred sources. */
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from '../../../tools/paths.ts';

/** Path of the bundled harness, in a folder of its own. */
export async function bundleHarness(): Promise<{ readonly folder: string; readonly command: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-harness-'));
  const build = await rolldown({ input: join(root, 'tests/conformance/client/harness.ts'), platform: 'node', logLevel: 'silent' });
  // As deep below a manifest as the sources are: the version is read from it.
  const outdir = join(folder, 'dist', 'lib');
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  await build.write({ dir: outdir, format: 'esm', entryFileNames: 'harness.mjs', chunkFileNames: '[name]-[hash].mjs' });
  await build.close();
  return { folder, command: `${process.execPath} ${join(outdir, 'harness.mjs')}` };
}
