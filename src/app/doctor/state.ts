/** @module app/doctor/state: what the home remembers: keys, audit trail, kill switch, workspace. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyAudit } from '../../audit/verify.ts';
import type { StorageConfig } from '../../contracts/cluster-config.ts';
import type { Config } from '../../contracts/config.ts';
import type { HomePaths } from '../../contracts/home.ts';
import type { Store } from '../../contracts/store.ts';
import { systemClock } from '../../core/clock.ts';
import { readPrivateFile } from '../../core/private-file.ts';
import { isKeyOf, isLive, keyIdOf } from '../../identity/api-key.ts';
import { readKillFile } from '../../policy/kill-file.ts';
import { createWorkspace } from '../../workspace/workspace.ts';
import type { Serving } from '../serving.ts';
import { createStore } from '../store.ts';
import { auditFolders } from '../tasks/audit-trail.ts';
import { askGateway } from '../tasks/gateway.ts';
import { failure, failureOf, fine, warning, type Finding } from './finding.ts';

/** About five seconds of verification. */
const MAX_VERIFIED_BYTES = 128 * 1024 * 1024;
const ANSWER_MS = 5000;

/** A write and a read in the state store, and whether the admin key opens it. */
export async function examineStorage(home: HomePaths, storage: StorageConfig): Promise<readonly Finding[]> {
  const isServer = storage.driver === 'postgres';
  if (!isServer && !existsSync(home.database)) return [fine('storage', 'No state database yet: the first use makes it.')];
  const store = await createStore(storage, home, systemClock, 'direct');
  try {
    await store.check();
    const what = isServer ? `PostgreSQL (schema ${storage.schema})` : 'The state database';
    return [fine('storage', `${what} was written and read back.`), await examineAdminKey(home, store)];
  } finally {
    await store.close();
  }
}

async function examineAdminKey({ adminKey }: HomePaths, store: Store): Promise<Finding> {
  const id = 'admin-key';
  const key = readPrivateFile(adminKey)?.trim();
  if (key === undefined) return warning(id, 'There is no admin key.', 'Start `switchyard serve`: it makes one.');
  const keyId = keyIdOf(key);
  const record = keyId === undefined ? undefined : await store.apiKeys.find(keyId);
  return record && isKeyOf(key, record) && isLive(record, systemClock.now())
    ? fine(id, `The admin key is key ${record.id}.`)
    : warning(id, `The key in ${adminKey} is refused: unknown, revoked or expired.`, 'Start `switchyard serve` again: it makes a new one.');
}

/** Asks the running gateway by its own door, with the admin key of the home. */
export async function examineGateway(home: HomePaths, serving: Serving | undefined): Promise<Finding> {
  const id = 'gateway';
  if (!serving) return fine(id, 'No gateway of this home is running.');
  const key = readPrivateFile(home.adminKey)?.trim() ?? '';
  try {
    await askGateway({ url: serving.url, key, certFile: serving.certFile }, { path: '/mcp/v1/tools/ping', body: {}, signal: AbortSignal.timeout(ANSWER_MS) });
    return fine(id, `The gateway at ${serving.url} answers and takes the admin key.`);
  } catch (thrown) {
    return failureOf(id, thrown);
  }
}

/** Verifies the trail, unless it is too large to do so in passing. */
export async function examineAudit(config: Config, home: HomePaths): Promise<Finding> {
  const id = 'audit';
  const folders = auditFolders(config, home);
  const bytes = folders.directories.reduce((sum, folder) => sum + bytesIn(folder), 0);
  if (bytes === 0) return fine(id, 'The audit trail is empty.');
  if (bytes > MAX_VERIFIED_BYTES)
    return warning(id, `The audit trail has ${Math.round(bytes / 1024 / 1024)} MiB and was not verified here.`, 'Run `switchyard audit verify`.');
  const { ok, records, segments, findingCount, findings, trust } = await verifyAudit(folders);
  if (ok) return fine(id, `${records} records in ${segments} segments verify (${trust}).`);
  return failure(
    id,
    `The audit trail is broken: ${findingCount} findings, the first: ${findings[0]?.message ?? ''}`,
    'Keep the files as evidence; `switchyard audit verify --json` lists each finding.',
  );
}

/** What is switched off now. */
export function examineKillSwitch({ killSwitch }: HomePaths): Finding {
  const id = 'kill-switch';
  const entries = readKillFile(killSwitch);
  if (entries.length === 0) return fine(id, 'Nothing is switched off.');
  return warning(
    id,
    `Switched off: ${entries.map(({ scope, name }) => (scope === 'all' ? 'everything' : `${scope} ${name}`)).join(', ')}.`,
    '`switchyard kill ls` says why; `switchyard kill off <id>` lifts it.',
  );
}

/** Whether `serve` could serve files. */
export async function examineWorkspace(config: Config, home: HomePaths): Promise<Finding> {
  const id = 'workspace';
  const root = config.workspace.root ?? home.workspace;
  if (config.workspace.root === null && !existsSync(root)) return fine(id, 'The first start makes the workspace of `serve`.');
  try {
    await createWorkspace({ root, home: home.root, maxFileBytes: config.workspace.maxFileBytes }).check();
    return fine(id, `${root} can be served.`);
  } catch (thrown) {
    return failureOf(id, thrown);
  }
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
