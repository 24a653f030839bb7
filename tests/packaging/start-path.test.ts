import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { BundleGraph } from '../../tools/bundle.ts';
import { root } from '../../tools/paths.ts';
import { isHeavy } from '../architecture/start-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files that the process and its threads have loaded, and Node's own modules, when `program` has answered the requests. */
async function loadedBy(program: readonly string[], requests: readonly object[]): Promise<{ readonly files: string[]; readonly builtins: string[] }> {
  const log = join(folder, 'loaded.txt');
  rmSync(log, { force: true });
  const child = spawn(process.execPath, ['--import', pathToFileURL(join(root, 'tests/packaging/log-modules.mjs')).href, ...program], {
    cwd: folder,
    env: { ...process.env, SWITCHYARD_HOME: join(folder, 'home'), LOADED_MODULES: log },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (const request of requests) {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    if ('id' in request) expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ id: request.id, result: {} });
  }
  child.kill('SIGUSR2');
  while (!(existsSync(log) && readFileSync(log, 'utf8').includes('\nend\n'))) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await exited;
  const entries = readFileSync(log, 'utf8').split('\n');
  return {
    files: entries.filter((entry) => entry.startsWith('file:')),
    builtins: entries.filter((entry) => entry.startsWith('NativeModule ')).map((entry) => `node:${entry.slice('NativeModule '.length)}`),
  };
}

/** Packages whose code lies in the loaded chunks, or that were loaded as themselves. */
function packagesIn(files: readonly string[]): string[] {
  const { outputs } = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as BundleGraph;
  const inputs = files.flatMap((file) => outputs[basename(file)] ?? [file]);
  return [...new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []))].sort();
}

const HANDSHAKE = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } } },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 2, method: 'tools/list' },
  { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'ping', arguments: {} } },
];

// @requirement F1.a
it('stdio loads nothing heavy until its first ping is answered', async () => {
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  const { files, builtins } = await loadedBy([join(root, 'dist/cli/main.js'), 'stdio'], HANDSHAKE);
  expect(files.map((file) => basename(file))).toContain('main.js');
  expect(builtins).toContain('node:fs');
  const [guard, start] = ['stdout-guard', 'start'].map((name) => files.findIndex((file) => basename(file).startsWith(`${name}-`)));
  expect(guard, 'the guard of stdout is loaded, and before the rest').toBeGreaterThan(0);
  expect(guard).toBeLessThan(start ?? 0);
  expect(packagesIn(files).filter(isHeavy)).toEqual([]);
  expect(builtins.filter((name) => isHeavy(name) || name.includes('undici'))).toEqual([]);
});

it('the list sees what is loaded late, in a chunk and by a built-in module', async () => {
  const { files, builtins } = await loadedBy([join(root, 'tests/packaging/heavy-program.mjs')], HANDSHAKE.slice(0, 1));
  expect(files.map((file) => basename(file))).toContain('heavy-program.mjs');
  expect(builtins.filter((name) => isHeavy(name) || name.includes('undici'))).toEqual(
    expect.arrayContaining(['node:http', 'node:internal/deps/undici/undici']),
  );
  expect(packagesIn(files)).toContain('yaml');
});
