/** @module storage/sqlite/model-cache: answers in a database of their own, which may be deleted at any time. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { cachedBytes, type CacheBounds, type CacheWrite, type ModelCache } from '../../contracts/model-cache.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { openDatabase } from './database.ts';
import { toStorageError } from './faults.ts';
import type { Statement, Writer } from './writer.ts';
import { createThreadWriter } from './writer-thread.ts';

/** Sums are kept by triggers: counting ten thousand rows at every write would cost more than writing. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE answers (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL,
    size INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    family TEXT,
    vector BLOB
  ) STRICT;
  CREATE INDEX answers_by_end ON answers (expires);
  CREATE INDEX answers_by_family ON answers (family, place) WHERE family IS NOT NULL;
  CREATE TABLE sums (id INTEGER PRIMARY KEY CHECK (id = 1), entries INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;
  INSERT INTO sums VALUES (1, 0, 0);
  CREATE TRIGGER answer_came AFTER INSERT ON answers BEGIN
    UPDATE sums SET entries = entries + 1, size = size + new.size;
  END;
  CREATE TRIGGER answer_went AFTER DELETE ON answers BEGIN
    UPDATE sums SET entries = entries - 1, size = size - old.size;
  END;`,
];

const INSERT = 'INSERT INTO answers (key, bytes, size, expires, family, vector) VALUES (?, ?, ?, ?, ?, ?)';
const PRUNE = 'DELETE FROM answers WHERE place IN (SELECT place FROM answers WHERE expires <= ? ORDER BY expires LIMIT 1000)';
const KEEP_ENTRIES = 'DELETE FROM answers WHERE place IN (SELECT place FROM answers ORDER BY place LIMIT max(0, (SELECT entries FROM sums) - ?))';
/** The oldest, until what is left fits; one write pushes out ten thousand at most. */
const KEEP_BYTES = `DELETE FROM answers WHERE (SELECT size FROM sums) > ?1 AND place IN (
  SELECT place FROM (SELECT place, sum(size) OVER (ORDER BY place) - size AS freed FROM (SELECT place, size FROM answers ORDER BY place LIMIT 10000))
  WHERE freed < (SELECT size FROM sums) - ?1)`;

/** Reads share their thread with the event loop: they wait for no lock for long. */
const READ_TIMEOUT_MS = 100;
const WRITE_TIMEOUT_MS = 5_000;

interface Connection {
  readonly database: DatabaseSync;
  readonly writer: Writer;
  readonly find: StatementSync;
  readonly family: StatementSync;
}

/** Where it lies; several processes of one home share it. */
export interface SqliteModelCacheOptions extends CacheBounds {
  /** Made with mode 0600 when missing, its folder 0700. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Opens at the first use; a failure is thrown there and tried again by the next. Reads are local, writes on a thread. */
export function createSqliteModelCache({ path, clock, maxEntries, maxBytes }: SqliteModelCacheOptions): ModelCache {
  let connection: Connection | undefined;
  let isClosed = false;

  const open = (): Connection => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The cache is closed.' });
    return (connection ??= connect(openDatabase(path, READ_TIMEOUT_MS, MIGRATIONS), path));
  };
  const read = <T>(query: (connection: Connection) => T): T => {
    try {
      return query(open());
    } catch (error) {
      throw toStorageError(error);
    }
  };

  return {
    get: (key) => read(({ find }) => blob(find.get(key, clock.now()), 'bytes')),
    set: async (entry) => {
      const { writer } = read((opened) => opened);
      await writer.run([...replace(entry, clock.now()), { sql: KEEP_ENTRIES, parameters: [maxEntries] }, { sql: KEEP_BYTES, parameters: [maxBytes] }]);
    },
    neighbours: (group, limit) =>
      read(({ family }) =>
        family.all(group, clock.now(), limit).flatMap((row) => {
          const vector = blob(row, 'vector');
          return vector && typeof row['key'] === 'string' ? [{ key: row['key'], vector }] : [];
        }),
      ),
    close: async () => {
      isClosed = true;
      const closing = connection;
      connection = undefined;
      await closing?.writer.close();
      closing?.database.close();
    },
  };
}

function connect(database: DatabaseSync, path: string): Connection {
  try {
    return {
      database,
      writer: createThreadWriter(path, WRITE_TIMEOUT_MS, 'NORMAL'),
      find: database.prepare('SELECT bytes FROM answers WHERE key = ? AND expires > ?'),
      family: database.prepare('SELECT key, vector FROM answers WHERE family = ? AND expires > ? ORDER BY place DESC LIMIT ?'),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Delete and insert: a replaced row would fire no trigger. */
function replace(entry: CacheWrite, now: number): readonly Statement[] {
  const { key, bytes, ttlMs, neighbour } = entry;
  return [
    { sql: PRUNE, parameters: [now] },
    { sql: 'DELETE FROM answers WHERE key = ?', parameters: [key] },
    { sql: INSERT, parameters: [key, bytes, cachedBytes(entry), now + ttlMs, neighbour?.group ?? null, neighbour?.vector ?? null] },
  ];
}

function blob(row: Readonly<Record<string, unknown>> | undefined, column: string): Uint8Array | undefined {
  const value = row?.[column];
  return value instanceof Uint8Array ? value : undefined;
}
