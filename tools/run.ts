/** Starts one command and waits for it. */
import { spawn, type SpawnOptions } from 'node:child_process';
import { join } from 'node:path';
import { root } from './paths.ts';

/**
 * Exit code of the command (128 when a signal ended it). It runs in the checkout with the checkout's
 * own programs first in PATH, its output goes to this terminal.
 */
export function run(command: string, parameters: readonly string[], options: SpawnOptions = {}): Promise<number> {
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`, ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd: root, stdio: 'inherit', ...options, env });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 128));
  });
}
