/** Command lines of other people's clients, each run with a home of its own and no variable of the machine. */
import { join } from 'node:path';
import type { Installed } from './on-demand.ts';
import { type Ended, runToEnd } from './run-to-end.ts';

/** A client, and the file of its package that Node runs. */
export interface InstalledClient {
  readonly installed: Installed;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const codexOf = (installed: Installed): InstalledClient => ({ installed, script: 'node_modules/@openai/codex/bin/codex.js' });
export const geminiOf = (installed: Installed): InstalledClient => ({
  installed,
  script: 'node_modules/@google/gemini-cli/bundle/gemini.js',
  // Otherwise it starts itself anew, to have more memory. Compiled once, it starts in two thirds of the time.
  env: { GEMINI_CLI_NO_RELAUNCH: '1', NODE_COMPILE_CACHE: join(installed.folder, 'node_modules/.compiled') },
});

export const claudeOf = (installed: Installed): InstalledClient => ({
  installed,
  script: 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs',
  env: {
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    IS_SANDBOX: '1',
  },
});

interface Where {
  /** What the client takes for the folder of the person. */
  readonly home: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it to its end, with nothing on stdin. Never rejects. */
export function runInstalled(client: InstalledClient, args: readonly string[], { home, cwd, env = {} }: Where): Promise<Ended> {
  const variables = { PATH: process.env['PATH'], HOME: home, ...client.env, ...env };
  return runToEnd([join(client.installed.folder, client.script), ...args], { cwd, env: variables, timeoutMs: 50_000 });
}

/** A command line as `connect --print` shows it, without the name of the program. Quoted for a POSIX shell. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'([^']*)'|[^\s'\\]+|\\.)+/g)].map(([word]) => word.replaceAll(/'([^']*)'|\\(.)/g, '$1$2')).slice(1);
}
