/** @module app/doctor/machine: the Node that runs this, and the clock. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryAudit } from '../../audit/query.ts';
import { failure, fine, warning, type Finding } from './finding.ts';

const NODE_MAJOR = 22;
const NODE_MINOR = 19;
/** Versions of odd majors, and those before, get no security fixes any more. */
const RECOMMENDED_MAJOR = 24;
const MAX_FILE_SKEW_MS = 2000;
const MAX_TRAIL_SKEW_MS = 300_000;
const DAY_MS = 86_400_000;

/** @param version as process.versions.node gives it */
export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < NODE_MAJOR || (major === NODE_MAJOR && minor < NODE_MINOR);
  if (isOld)
    return failure(
      'node',
      `Node ${version} is too old: switchyard needs ${NODE_MAJOR}.${NODE_MINOR} or newer.`,
      `Install Node ${RECOMMENDED_MAJOR}, or start with: npx -p node@${RECOMMENDED_MAJOR} node …`,
    );
  return major < RECOMMENDED_MAJOR
    ? warning('node', `Node ${version} works; switchyard is developed and tested on ${RECOMMENDED_MAJOR}.`, `Update to Node ${RECOMMENDED_MAJOR} when you can.`)
    : fine('node', `Node ${version} (${process.execPath}).`);
}

/**
 * What can be known without a network: the clock is not before the program was made, the disk stamps
 * files with the same time, and the trail has no record of the future.
 */
export async function examineClock(auditDirectory: string | undefined, now: number = Date.now()): Promise<readonly Finding[]> {
  const builtAt = statSync(process.argv[1] ?? process.execPath, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const set = 'Set the clock of this machine (NTP): keys expire by it and the audit trail is dated by it.';
  if (now < builtAt - DAY_MS) return [failure('clock', `The clock says ${new Date(now).toISOString()}, before this program was installed.`, set)];
  const skew = diskSkewMs();
  if (Math.abs(skew) > MAX_FILE_SKEW_MS)
    return [warning('clock', `The disk stamps files ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} the clock.`, set)];
  const newest = auditDirectory === undefined ? undefined : await newestRecordMs(auditDirectory);
  if (newest !== undefined && newest > now + MAX_TRAIL_SKEW_MS)
    return [warning('clock', `The audit trail has records up to ${new Date(newest).toISOString()}, which is in the future.`, set)];
  return [fine('clock', 'Consistent with the disk and the audit trail; not compared with the time of the network.')];
}

function diskSkewMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-clock-'));
  try {
    const file = join(folder, 'now');
    writeFileSync(file, '');
    return statSync(file).mtimeMs - Date.now();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function newestRecordMs(directory: string): Promise<number | undefined> {
  for await (const { time } of queryAudit([directory], { limit: 1 })) return Date.parse(time);
  return undefined;
}
