/** A server over stdio whose tools are what the test says at the moment, and that notes its calls: turning-upstream.mjs in the hands of a test. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';

export interface TurningServer {
  /** Its entry among the upstreams. */
  readonly entry: { readonly transport: 'stdio'; readonly command: string; readonly args: readonly string[] };
  /** Lists these from now on, and tells its client unless it is not announced. */
  serve(tools: readonly object[], isAnnounced?: boolean): void;
  /** Names of the tools that were called, in order. */
  calls(): readonly string[];
}

/** A definition with one optional text. */
export const listedTool = (name: string, description = `Does ${name}.`): object => ({
  name,
  description,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
});

/** Keeps its files in the folder; nothing is called yet. `serve` comes before the first start. */
export function turningServer(folder: string, name = 'tools'): TurningServer {
  const [file, called] = [join(folder, `${name}.json`), join(folder, `${name}.called`)];
  rmSync(called, { force: true });
  return {
    entry: { transport: 'stdio', command: process.execPath, args: [join(root, 'tests/helpers/turning-upstream.mjs'), file, called] },
    serve: (tools, isAnnounced = true) => writeFileSync(file, JSON.stringify({ tools, announce: isAnnounced })),
    calls: () => (existsSync(called) ? readFileSync(called, 'utf8').trim().split('\n') : []),
  };
}
