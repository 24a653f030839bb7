/** @module config/resolve-paths: paths of the configuration, made absolute. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../contracts/config.ts';

/**
 * The configuration with its paths absolute: `~/` is the user's folder, relative paths start at the
 * configuration file, or at the current folder when the environment or the command line named them.
 *
 * @param folderOf the folder that a relative path at this pointer starts from
 */
export function resolvePaths(config: Config, folderOf: (pointer: string) => string): Config {
  const absolute = (path: string | null, pointer: string): string | null => {
    if (path === null) return null;
    return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folderOf(pointer), path);
  };
  const { audit, orchestrator, workspace } = config;
  const { geminiCliPath: cli } = orchestrator;
  return {
    ...config,
    audit: {
      ...audit,
      directory: absolute(audit.directory, '/audit/directory'),
      checkpointDirectory: absolute(audit.checkpointDirectory, '/audit/checkpointDirectory'),
    },
    workspace: { ...workspace, root: absolute(workspace.root, '/workspace/root') },
    // A bare name is a program to look up in PATH.
    orchestrator: { ...orchestrator, geminiCliPath: cli !== null && /[/\\]|^~$/.test(cli) ? absolute(cli, '/gemini_cli_path') : cli },
  };
}
