/** @module app/tasks/add-sandbox: what a program would be given in the sandbox of this machine, told from how it is started. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DEFAULT_SANDBOX, type SandboxGrants } from '../../contracts/sandbox-config.ts';
import { AppError } from '../../core/errors.ts';
import type { UpstreamDraft } from '../../upstreams/entries/draft.ts';

/** What the command line says about it. */
export interface SandboxWish extends SandboxGrants {
  /** Run it there. Any grant asks for that too. */
  readonly isWanted: boolean;
}

/** What it gets, or would get. */
export interface SandboxProposal extends SandboxGrants {
  /** Whether it stands in the entry. */
  readonly isTaken: boolean;
}

/** Programs that hand the work to a service outside, which the fence does not hold. */
const OUTSIDE = /^(?:docker|podman|nerdctl)(?:\.exe)?$/;
/** Programs that fetch what they run. */
const FETCHING = /^(?:npx|uvx|bunx|pnpx)(?:\.cmd|\.exe)?$/;
/** What every program there has anyway. */
const SYSTEM = /^\/(?:usr|bin|sbin|lib\w*)(?:\/|$)/;
/** A folder nearer to the root holds more than one server's files. */
const MIN_DEPTH = 2;

/**
 * Where the wish names no grants, those of the arguments: read for folders that exist, and for the folder of a file. Null = there is
 * nothing to propose: no program, a machine without the level native, or a program that the fence would not hold.
 *
 * @param servers absolute path of the folder that holds what was installed; of that, the server's own folder is given
 * @throws AppError USAGE for a URL; SANDBOX_UNAVAILABLE, SANDBOX_GRANT_REFUSED for what is wanted and cannot be had
 */
export async function proposeSandbox(
  draft: UpstreamDraft,
  wish: SandboxWish,
  { home, servers, cwd }: { readonly home: string; readonly servers: string; readonly cwd: string },
): Promise<SandboxProposal | null> {
  const isWanted = wish.isWanted || wish.network || wish.read.length > 0 || wish.write.length > 0;
  if (draft.transport !== 'stdio') {
    if (!isWanted) return null;
    throw new AppError('USAGE', { message: '--sandbox has no meaning for a URL.', fix: 'Leave --sandbox, --read, --write and --network out.' });
  }
  const lack = await findLack();
  if (lack !== undefined && isWanted) throw lack;
  const program = basename(draft.command ?? '');
  if (lack !== undefined || (!isWanted && OUTSIDE.test(program))) return null;
  const { requireGrant } = await import('../../sandbox/native/server-fence.ts');
  const isGiven = (path: string): boolean => {
    try {
      return requireGrant(path, home) === path;
    } catch {
      return false;
    }
  };
  const asked = { read: wish.read.map((path) => resolve(cwd, path)), write: wish.write.map((path) => resolve(cwd, path)) };
  for (const path of [...asked.read, ...asked.write]) requireGrant(path, home);
  const read = [...new Set([...asked.read, ...pathsOf(draft).flatMap((path) => grantFor(path, servers, isGiven))])];
  return {
    isTaken: isWanted,
    read: read.filter((path) => !asked.write.some((folder) => isWithin(path, folder))),
    write: [...new Set(asked.write)],
    network: wish.network || FETCHING.test(program),
  };
}

/** Why the level native is not here. */
async function findLack(): Promise<AppError | undefined> {
  const { createNativeDriver, findBwrap } = await import('../../sandbox/native/native-driver.ts');
  if (findBwrap() === undefined) return new AppError('SANDBOX_UNAVAILABLE', { message: 'There is no bubblewrap; without it the server would not be started.' });
  const driver = createNativeDriver({ config: () => DEFAULT_SANDBOX });
  const found = await driver.probe().finally(() => driver.close());
  return found.isUsable ? undefined : new AppError('SANDBOX_UNAVAILABLE', { message: found.why, fix: found.fix });
}

/** Absolute paths in the command line; relative ones where the entry says where they begin. */
function pathsOf({ command = '', args, cwd }: UpstreamDraft): readonly string[] {
  const words = [command, ...args].flatMap((word) => [word, word.slice(word.indexOf('=') + 1)]);
  const paths = words.flatMap((word) => (isAbsolute(word) ? [resolve(word)] : cwd !== undefined && word.includes(sep) ? [resolve(cwd, word)] : []));
  return [...new Set([...paths, ...(cwd === undefined ? [] : [cwd])])].filter((path) => existsSync(path) && !SYSTEM.test(path));
}

/** The folder itself; of a file its folder, where that is no one's in particular the file alone; of what was installed, its own folder. */
function grantFor(path: string, servers: string, isGiven: (path: string) => boolean): readonly string[] {
  const [own = ''] = relative(servers, path).split(sep);
  const isInstalled = isWithin(path, servers) && own !== '';
  const folder = dirname(path);
  const isNarrow = folder.split(sep).filter(Boolean).length >= MIN_DEPTH;
  const choices = isInstalled ? [join(servers, own)] : statSync(path).isDirectory() ? [path] : isNarrow ? [folder, path] : [path];
  const found = choices.find(isGiven);
  return found === undefined ? [] : [found];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}
