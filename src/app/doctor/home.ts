/** @module app/doctor/home: the state folder: who may read it, and what dead processes left. */
import { chmodSync, existsSync, lstatSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from '../../contracts/home.ts';
import { describeError } from '../../core/errors.ts';
import { isAttachable } from '../attach.ts';
import { ROOM } from '../tasks/add.ts';
import { findServing, readServing } from '../serving.ts';
import { failure, fine, warning, type Finding } from './finding.ts';

/** More than any home has; a folder that was named by mistake is not walked to its end. */
const MAX_ENTRIES = 20_000;
const SHOWN = 5;

interface Exposed {
  readonly path: string;
  readonly facts: Stats;
}

/** @param isFixing takes away what others may do with our own files */
export function examinePermissions(home: HomePaths, isFixing: boolean): Finding {
  const id = 'home.permissions';
  if (!existsSync(home.root)) return fine(id, `${home.root} does not exist yet: the first start makes it, for this user alone.`);
  if (process.platform === 'win32') return fine(id, 'Follow the profile folder on Windows.');
  const exposed = findExposed(home);
  if (exposed.length === 0) return fine(id, `${home.root} is closed to other users.`);
  const left = isFixing ? exposed.filter((entry) => !close(entry)) : exposed;
  const list = (entries: readonly Exposed[]): string =>
    `${entries
      .slice(0, SHOWN)
      .map(({ path, facts }) => `${path} (${describe(facts)})`)
      .join(', ')}${entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : ''}`;
  if (left.length === 0) return fine(id, `Repaired: closed to other users: ${list(exposed)}.`);
  const isOurs = left.every(({ facts }) => isOwn(facts) && !facts.isSymbolicLink());
  return failure(
    id,
    `Open to others: ${list(left)}.`,
    isOurs && !isFixing ? 'Run `switchyard doctor --fix`.' : 'Give the files to this user (chown), replace links by files, or use another SWITCHYARD_HOME.',
  );
}

/** @param isFixing removes a socket that nobody answers and the file of a gateway that is gone */
export async function examineLeftovers(home: HomePaths, isFixing: boolean): Promise<Finding> {
  const id = 'home.leftovers';
  const isDead = home.run !== undefined && existsSync(home.socket) && !(await isAttachable(home.socket));
  const isStale = readServing(home) !== undefined && !(await findServing(home));
  if (!isDead && !isStale) return fine(id, 'Nothing of a gateway that is gone.');
  if (!isFixing)
    return warning(
      id,
      'A gateway ended without cleaning up: its socket or address is still there.',
      'Harmless; `switchyard doctor --fix` removes it, and so does the next start.',
    );
  if (isDead) rmSync(home.socket, { force: true });
  if (isStale) rmSync(home.serving, { force: true });
  return fine(id, 'Repaired: removed what a gateway that is gone had left.');
}

function findExposed({ root, run, workspace, scratch }: HomePaths): readonly Exposed[] {
  const found: Exposed[] = [];
  let count = 0;
  const visit = (path: string): void => {
    count += 1;
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (!facts || count > MAX_ENTRIES) return;
    // The home itself may be a link of its owner's making.
    if (path !== root && (facts.isSymbolicLink() || !isOwn(facts) || (facts.mode & 0o077) !== 0)) found.push({ path, facts });
    else if (path === root && (facts.mode & 0o077) !== 0 && !facts.isSymbolicLink()) found.push({ path, facts });
    // What tools write is the user's business; what code wrote may belong to other users; what npm installs has links and modes of
    // its own. The folders above them are closed.
    if (facts.isDirectory() && ![workspace, scratch, join(root, ROOM)].includes(path)) for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(root);
  if (run !== undefined && !run.startsWith(root)) visit(run);
  return found;
}

function close({ path, facts }: Exposed): boolean {
  if (facts.isSymbolicLink() || !isOwn(facts)) return false;
  try {
    chmodSync(path, facts.isDirectory() ? 0o700 : 0o600);
    return true;
  } catch (error) {
    process.emitWarning(`${path}: ${describeError(error)}`);
    return false;
  }
}

const isOwn = ({ uid }: Stats): boolean => process.getuid === undefined || uid === process.getuid();

function describe(facts: Stats): string {
  if (facts.isSymbolicLink()) return 'a link';
  return isOwn(facts) ? `mode ${(facts.mode & 0o777).toString(8)}` : `of user ${facts.uid}`;
}
