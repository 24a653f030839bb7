/**
 * Programs outside npm that some tests need. On Debian as root the missing ones are installed;
 * elsewhere the tests that need them say so and are skipped with the reason.
 */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

/** Where Debian keeps programs that it does not put into the path, below a folder for each version. */
const POSTGRES = '/usr/lib/postgresql';

/** Program → Debian package. */
const PACKAGES: Readonly<Record<string, string>> = {
  chromium: 'chromium',
  bwrap: 'bubblewrap',
  python3: 'python3',
  zsh: 'zsh',
  fish: 'fish',
  'redis-server': 'redis-server',
  openssl: 'openssl',
  initdb: 'postgresql',
};

/** Folders in which programs are looked for. */
function programFolders(): readonly string[] {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => join(POSTGRES, version, 'bin')) : [];
  return [...(process.env['PATH'] ?? '').split(delimiter), ...versions];
}

/** Installs what is missing. Returns the names that are still missing afterwards. `SWITCHYARD_TEST_INSTALL=0` forbids it. */
export async function prepareHost(folders: () => readonly string[] = programFolders): Promise<readonly string[]> {
  const isThere = (program: string): boolean => folders().some((folder) => existsSync(join(folder, program)));
  const missing = Object.keys(PACKAGES).filter((program) => !isThere(program));
  const mayInstall = process.env['SWITCHYARD_TEST_INSTALL'] !== '0' && process.getuid?.() === 0 && isThere('apt-get');
  if (missing.length === 0 || !mayInstall) return missing;
  // The run level keeps Debian from starting the servers among them: tests start their own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  process.stdout.write(`installing ${missing.join(', ')}\n`);
  await run('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const packages = missing.flatMap((program) => PACKAGES[program] ?? []);
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return missing.filter((program) => !isThere(program));
}
