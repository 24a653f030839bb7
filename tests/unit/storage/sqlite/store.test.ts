import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../src/contracts/store.ts';
import { createSqliteStore, type SqliteStoreOptions } from '../../../../src/storage/sqlite/store.ts';
import { startProcess, type OtherProcess } from './other-process.ts';
import { keyRecord } from '../../../helpers/key-record.ts';

const STORE_MODULE = new URL('../../../../src/storage/sqlite/store.ts', import.meta.url).href;

let folder = '';
let path = '';
let nowMs = 0;
const opened: Store[] = [];
const others: OtherProcess[] = [];

const open = (over: Partial<SqliteStoreOptions> = {}): Store => {
  const store = createSqliteStore({ path, clock: { monotonic: () => nowMs }, ...over });
  opened.push(store);
  return store;
};
const run = (script: string, uid?: number): OtherProcess => {
  const other = startProcess(script, uid);
  others.push(other);
  return other;
};
const failure = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('did not fail');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  path = join(folder, 'home', 'state.db');
  nowMs = 0;
});
afterEach(async () => {
  for (const other of others.splice(0)) other.kill();
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

describe('the file', () => {
  it('is made at the first use, 0600 with its companions, in a folder 0700', async () => {
    const store = open();
    expect(existsSync(path)).toBe(false);
    await store.apiKeys.insert(keyRecord('a'));
    expect(statSync(join(folder, 'home')).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(folder, 'home'));
    expect(files.sort()).toEqual(['state.db', 'state.db-shm', 'state.db-wal']);
    for (const file of files) expect(statSync(join(folder, 'home', file)).mode & 0o777).toBe(0o600);
  });

  it('keeps what was written for the next process', async () => {
    const first = open();
    await first.apiKeys.insert(keyRecord('a'));
    await first.close();
    expect((await open().apiKeys.find('a'))?.id).toBe('a');
  });

  it('is closed unused without being made', async () => {
    await open().close();
    expect(existsSync(path)).toBe(false);
  });
});

describe('a file that cannot serve', () => {
  it('of a newer version is refused and left alone', async () => {
    const first = open();
    await first.check();
    await first.close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(await failure(() => open().apiKeys.find('a'))).toMatchObject({ code: 'STORAGE_SCHEMA', data: { found: 999 } });
  });

  it('that is no database is STORAGE_CORRUPT', async () => {
    mkdirSync(join(folder, 'home'));
    writeFileSync(path, 'not a database '.repeat(1_000), { mode: 0o600 });
    const store = open();
    expect(await failure(() => store.apiKeys.version())).toMatchObject({ code: 'STORAGE_CORRUPT' });
    expect(await failure(() => store.apiKeys.insert(keyRecord('a')))).toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  it('with damaged pages is STORAGE_CORRUPT when they are read', async () => {
    const first = open();
    for (let index = 0; index < 40; index += 1) await first.apiKeys.insert({ ...keyRecord(`key-${index}`), name: 'x'.repeat(1_000) });
    await first.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(8_192, 0xff), 0, 8_192, 4_096);
    closeSync(file);
    expect(await failure(() => open().apiKeys.list())).toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  it('with a damaged list of scopes is STORAGE_CORRUPT, never an unrestricted key', async () => {
    const store = open();
    await store.apiKeys.insert({ ...keyRecord('a'), scopes: ['tools:read'] });
    const database = new DatabaseSync(path);
    database.exec(`UPDATE api_keys SET scopes = 'null'`);
    database.close();
    expect(await failure(() => store.apiKeys.find('a'))).toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  it('open to other users is HOME_INSECURE', async () => {
    const first = open();
    await first.check();
    await first.close();
    chmodSync(path, 0o644);
    expect(await failure(() => open().apiKeys.find('a'))).toMatchObject({ code: 'HOME_INSECURE', message: expect.not.stringContaining(folder) });
  });

  it('that is a folder, or below a file, is STORAGE_UNAVAILABLE', async () => {
    mkdirSync(path, { recursive: true });
    expect(await failure(() => open().apiKeys.find('a'))).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    writeFileSync(join(folder, 'file'), '');
    expect(await failure(() => open({ path: join(folder, 'file', 'state.db') }).check())).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('in a read-only folder is STORAGE_UNAVAILABLE', async () => {
    // Root writes everywhere, so another user tries.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    mkdirSync(join(folder, 'home'));
    if (uid !== undefined) chownSync(join(folder, 'home'), uid, uid);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'home'), 0o500);
    const other = run(
      `
      const { createSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      const store = createSqliteStore({ path: ${JSON.stringify(path)}, clock: { monotonic: () => 0 } });
      await store.check().then(() => console.log('worked'), (error) => console.log(error.code));
    `,
      uid,
    );
    expect(await other.line()).toBe('STORAGE_UNAVAILABLE');
  });
});

/** Prints `locked`, holds the write lock until told to go on, prints `done`. */
const holdLock = (): string => `
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(${JSON.stringify(path)});
  database.exec("BEGIN IMMEDIATE; UPDATE api_keys SET name = 'theirs'");
  console.log('locked');
  process.stdin.once('data', () => { database.exec('COMMIT'); database.close(); console.log('done'); process.stdin.destroy(); });
`;

describe('beside another process', () => {
  it.each(['thread', 'direct'] as const)('a write that waits too long for its lock fails typed, and reads go on (%s)', async (writes) => {
    const store = open({ busyTimeoutMs: 50, writes });
    await store.apiKeys.insert(keyRecord('a'));
    const other = run(holdLock());
    expect(await other.line()).toBe('locked');
    const refused = failure(() => store.apiKeys.revoke('a', 1));
    expect((await store.apiKeys.find('a'))?.name).toBe('a key');
    expect(await refused).toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('locked') });
    other.go();
    expect(await other.line()).toBe('done');
    expect(await store.apiKeys.revoke('a', 1)).toBe(true);
  });

  it('a waiting write does not hold the event loop, and happens once the lock is free', async () => {
    const store = open();
    await store.apiKeys.insert(keyRecord('a'));
    const other = run(holdLock());
    await other.line();
    let isWritten = false;
    const written = store.apiKeys.revoke('a', 7).then(() => {
      isWritten = true;
    });
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((next) => {
        setImmediate(next);
      });
      expect((await store.apiKeys.find('a'))?.revokedAt).toBeNull();
    }
    expect(isWritten).toBe(false);
    other.go();
    await written;
    expect(await store.apiKeys.find('a')).toMatchObject({ revokedAt: 7, name: 'theirs' });
  });

  it('its changes show in the version after at most 250 ms of the clock', async () => {
    const store = open();
    await store.apiKeys.insert(keyRecord('a'));
    const before = store.apiKeys.version();
    const other = run(holdLock());
    await other.line();
    other.go();
    await other.line();
    nowMs = 249;
    expect(store.apiKeys.version()).toBe(before);
    nowMs = 250;
    expect(store.apiKeys.version()).not.toBe(before);
    expect((await store.apiKeys.find('a'))?.name).toBe('theirs');
  });

  it('several that start on an empty home at once all succeed', async () => {
    const started = ['a', 'b', 'c', 'd'].map((id) =>
      run(`
      const { createSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      const store = createSqliteStore({ path: ${JSON.stringify(path)}, clock: { monotonic: () => 0 } });
      await store.apiKeys.insert(${JSON.stringify(keyRecord(id))}).then(() => console.log('worked'), (error) => console.log(error.stack));
      await store.close();
    `),
    );
    expect(await Promise.all(started.map((other) => other.line()))).toEqual(['worked', 'worked', 'worked', 'worked']);
    expect((await open().apiKeys.list()).length).toBe(4);
  });
});

describe('the writing thread', () => {
  it('fails typed when its file has gone', async () => {
    const store = open();
    await store.apiKeys.find('a');
    renameSync(join(folder, 'home'), join(folder, 'moved'));
    expect(await failure(() => store.apiKeys.insert(keyRecord('a')))).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('lets a process end that did not close its store', async () => {
    const other = run(`
      const { createSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      const store = createSqliteStore({ path: ${JSON.stringify(path)}, clock: { monotonic: () => 0 } });
      await store.apiKeys.insert(${JSON.stringify(keyRecord('a'))});
      console.log('written');
    `);
    expect(await other.line()).toBe('written');
    expect(await other.ended()).toBe(0);
    expect((await open().apiKeys.find('a'))?.id).toBe('a');
  });
});
