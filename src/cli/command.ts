/** @module cli/command: what every command shares: global options, the home, one way to end. */
import type { Command } from 'commander';
import { secretLookup, secretsOf } from '../app/secrets.ts';
import type { TaskPlace } from '../app/tasks/task.ts';
import type { HomePaths } from '../contracts/home.ts';
import { homePaths, resolveHome } from '../config/home.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import type { JsonObject } from '../core/json.ts';
import { createOutput, type Output } from './output.ts';

/** Options in front of every command. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly home?: string;
  readonly config?: string;
}

/** The global options of a command's program. */
export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** The home the options or the environment name; nothing is created. */
export function namedHome({ home }: GlobalOptions): HomePaths {
  return homePaths(resolveHome(home === undefined ? process.env : { ...process.env, SWITCHYARD_HOME: home }));
}

/** The same, as the tasks of the app take it. */
export function placeOf({ home, config }: GlobalOptions): TaskPlace {
  return { home, configFile: config };
}

/** The configuration as `serve` in this folder would load it. */
export async function readConfig(options: GlobalOptions, overrides?: JsonObject): Promise<LoadedConfig> {
  const home = namedHome(options).root;
  const secrets = secretLookup(secretsOf(home, process.env));
  return await loadConfig({ file: options.config, cwd: process.cwd(), home, env: process.env, overrides, secrets });
}

/**
 * Wraps a command's action: gives it an output, writes what it throws, and sets the exit code
 * (documented in docs/errors.md).
 */
export function action<Args extends unknown[]>(
  run: (output: Output, options: GlobalOptions, ...args: Args) => Promise<number | void>,
): (...args: [...Args, Command]) => Promise<void> {
  return async (...all) => {
    const command = all[all.length - 1] as Command;
    const options = globalOptions(command);
    const output = createOutput(options.json === true);
    try {
      process.exitCode = (await run(output, options, ...(all.slice(0, -1) as Args))) ?? 0;
    } catch (thrown) {
      process.exitCode = output.failure(thrown);
    }
  };
}
