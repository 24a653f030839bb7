/**
 * Programs outside npm that some tests need. On Debian as root the missing ones are installed;
 * elsewhere the tests that need them say so and are skipped with the reason.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

/** Program → Debian package. */
const PACKAGES: Readonly<Record<string, string>> = {
  chromium: 'chromium',
  bwrap: 'bubblewrap',
  python3: 'python3',
  zsh: 'zsh',
  fish: 'fish',
  'redis-server': 'redis-server',
};

function isInPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Installs what is missing. Returns the names that are still missing afterwards. `SWITCHYARD_TEST_INSTALL=0` forbids it. */
export async function prepareHost(): Promise<readonly string[]> {
  const missing = Object.keys(PACKAGES).filter((program) => !isInPath(program));
  const mayInstall = process.env['SWITCHYARD_TEST_INSTALL'] !== '0' && process.getuid?.() === 0 && isInPath('apt-get');
  if (missing.length === 0 || !mayInstall) return missing;
  // The run level keeps Debian from starting the servers among them: tests start their own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  process.stdout.write(`installing ${missing.join(', ')}\n`);
  await run('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const packages = missing.flatMap((program) => PACKAGES[program] ?? []);
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return missing.filter((program) => !isInPath(program));
}
