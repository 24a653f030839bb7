/** @module storage/sqlite/task-store: tasks in the database. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TaskRow, TaskStore, TaskWish } from '../../contracts/task-store.ts';
import { AppError } from '../../core/errors.ts';
import { MAX_WISHES } from '../task-bounds.ts';
import { createGroupCommit } from '../group-commit.ts';
import type { Writer } from './writer.ts';

const PRUNE = 'DELETE FROM tasks WHERE expires <= ?';
const PRUNE_WISHES = 'DELETE FROM task_wishes WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task_wishes.task)';
/** Look and write in one statement: nothing comes between. */
const INSERT = `INSERT INTO tasks (id, principal, owner, lease, expires, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6
  WHERE (SELECT count(*) FROM tasks) < ?7
    AND (SELECT count(*) FROM tasks WHERE principal = ?2) < ?8
    AND (SELECT coalesce(sum(length(body)), 0) FROM tasks WHERE principal = ?2) + length(?6) <= ?9`;
const REPLACE = 'UPDATE tasks SET lease = ?, expires = ?, body = ? WHERE id = ? AND owner = ? AND lease IS NOT NULL';
const CLAIM = 'UPDATE tasks SET owner = ?, lease = ? WHERE id = ? AND owner = ? AND lease IS NOT NULL';
const RENEW = 'UPDATE tasks SET lease = ?, expires = max(expires, ?) WHERE owner = ? AND lease IS NOT NULL';
const WISH = `INSERT INTO task_wishes (task, text) SELECT id, ? FROM tasks
  WHERE id = ? AND lease IS NOT NULL AND (SELECT count(*) FROM task_wishes w WHERE w.task = tasks.id) < ${MAX_WISHES}`;
const OWN_WISHES = 'FROM task_wishes WHERE task IN (SELECT id FROM tasks WHERE owner = ?)';

/** Prepared reads of one connection. */
export interface TaskReads {
  find(id: string): TaskRow | undefined;
  hasWishes(owner: string): boolean;
}

/** Prepares them. */
export function prepareTaskReads(database: DatabaseSync): TaskReads {
  const findOne: StatementSync = database.prepare('SELECT * FROM tasks WHERE id = ?');
  const anyWish: StatementSync = database.prepare(`SELECT 1 ${OWN_WISHES} LIMIT 1`);
  return {
    find: (id) => {
      const row = findOne.get(id);
      return row && toRow(row);
    },
    hasWishes: (owner) => anyWish.get(owner) !== undefined,
  };
}

/** Changes that come together share one transaction and one flush of the disk. */
export function createSqliteTasks({ run, read }: { readonly run: Writer['run']; readonly read: <T>(query: (reads: TaskReads) => T) => T }): TaskStore {
  const commit = createGroupCommit(run);
  const change = async (sql: string, ...parameters: readonly (string | number | null)[]): Promise<boolean> =>
    (await commit([{ sql, parameters }]))[0]?.changes === 1;

  return {
    insert: async ({ id, principalId, owner, leaseUntil, expiresAt, body }, now, { maxTasks, maxTasksOfPrincipal, maxCharsOfPrincipal }) => {
      const parameters = [id, principalId, owner, leaseUntil, expiresAt, body, maxTasks, maxTasksOfPrincipal, maxCharsOfPrincipal];
      const results = await commit([
        { sql: PRUNE, parameters: [now] },
        { sql: PRUNE_WISHES, parameters: [] },
        { sql: INSERT, parameters },
      ]);
      return results[2]?.changes === 1;
    },
    find: (id) => read((reads) => reads.find(id)),
    replace: ({ id, owner, leaseUntil, expiresAt, body }) => change(REPLACE, leaseUntil, expiresAt, body, id, owner),
    claim: (id, from, to, leaseUntil) => change(CLAIM, to, leaseUntil, id, from),
    renew: async (owner, leaseUntil, expiresAt) => {
      await change(RENEW, leaseUntil, expiresAt, owner);
    },
    wish: ({ taskId, text }) => change(WISH, text, taskId),
    takeWishes: async (owner) => {
      if (!read((reads) => reads.hasWishes(owner))) return [];
      const [taken] = await commit([
        { sql: `SELECT task, text ${OWN_WISHES} ORDER BY place`, parameters: [owner], isQuery: true },
        { sql: `DELETE ${OWN_WISHES}`, parameters: [owner] },
      ]);
      return (taken?.rows ?? []).map((row): TaskWish => ({ taskId: String(row['task']), text: String(row['text']) }));
    },
  };
}

function toRow({ id, principal, owner, lease, expires, body }: Readonly<Record<string, unknown>>): TaskRow {
  if (typeof id !== 'string' || typeof principal !== 'string' || typeof owner !== 'string' || typeof body !== 'string' || typeof expires !== 'number') {
    throw new AppError('STORAGE_CORRUPT', { message: 'A task in the state database is damaged.' });
  }
  return { id, principalId: principal, owner, leaseUntil: typeof lease === 'number' ? lease : null, expiresAt: expires, body };
}
