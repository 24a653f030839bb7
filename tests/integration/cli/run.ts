/** The shipped program with a user's folder of its own, so that no file of the real user is read or written. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, cleanEnv } from '../../helpers/gateway.ts';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

/** A user: a home folder, a project folder, a state folder. */
export interface User {
  readonly folder: string;
  /** Becomes the state folder at the first use. */
  readonly home: string;
  readonly project: string;
  run(...args: readonly string[]): Promise<Ended>;
  /** With `--json`; the value of stdout, or of stderr where that is empty. */
  json(...args: readonly string[]): Promise<{ readonly code: number; readonly value: unknown }>;
  /** With something on stdin, other variables, or another copy of the program. */
  runWith(
    options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>>; readonly script?: string },
    ...args: readonly string[]
  ): Promise<Ended>;
  remove(): void;
}

/** Makes a user. */
export function makeUser(): User {
  const folder = mkdtempSync(join(tmpdir(), 'sy-cli-'));
  const [home, project] = [join(folder, 'state'), join(folder, 'project')];
  mkdirSync(project);
  const runWith: User['runWith'] = ({ stdin = '', env = {}, script = bin }, ...args) => {
    const variables = {
      ...cleanEnv({ SWITCHYARD_HOME: home, HOME: folder, ...env }),
      XDG_CONFIG_HOME: undefined,
      CLAUDE_CONFIG_DIR: undefined,
      CODEX_HOME: undefined,
    };
    return runToEnd([script, ...args], { cwd: project, env: variables, stdin });
  };
  const run: User['run'] = (...args) => runWith({}, ...args);
  return {
    folder,
    home,
    project,
    run,
    runWith,
    async json(...args) {
      const { code, stdout, stderr } = await run('--json', ...args);
      return { code, value: JSON.parse(stdout === '' ? stderr : stdout) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
