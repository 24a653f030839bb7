/** The gateway under load, as shipped. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchHome, gateway } from './home.ts';
import { type RunningServer, startServer } from './servers.ts';

/** `serve` on a free port, as soon as it says that it is ready. `program`: another build. `options`: before the command. */
export async function startServe(
  env: NodeJS.ProcessEnv,
  { program = gateway, options = [] }: { readonly program?: string; readonly options?: readonly string[] } = {},
): Promise<RunningServer> {
  const isReady = (port: number): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  return await startServer([process.execPath, program, ...options, 'serve', '--port', 'PORT'], env, isReady);
}

/** The same with this configuration. */
export async function serveConfigured(home: BenchHome, config: object): Promise<RunningServer> {
  mkdirSync(home.folder, { recursive: true, mode: 0o700 });
  const file = join(home.folder, 'switchyard.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return await startServe(home.env, { options: ['--config', file] });
}
