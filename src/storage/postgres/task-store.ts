/** @module storage/postgres/task-store: tasks on the server that all nodes share. */
import type { TaskRow, TaskStore, TaskWish } from '../../contracts/task-store.ts';
import { AppError } from '../../core/errors.ts';
import { MAX_WISHES } from '../task-bounds.ts';
import type { PostgresPorts } from './changes.ts';
import type { Row } from './database.ts';
import { createLockedCommit } from './locked-commit.ts';
import { fromStored, toStored } from './text.ts';

/** Any constant that nothing else locks. */
const LOCK = 7_239_114_004;
const INSERT = `INSERT INTO tasks (id, principal, owner, lease, expires, body, chars) SELECT $1, $2::text, $3, $4, $5, $6, $7::bigint
  WHERE (SELECT count(*) FROM tasks) < $8
    AND (SELECT count(*) FROM tasks WHERE principal = $2) < $9
    AND (SELECT coalesce(sum(chars), 0) FROM tasks WHERE principal = $2) + $7 <= $10
  RETURNING 1`;
const REPLACE = 'UPDATE tasks SET lease = $1, expires = $2, body = $3, chars = $4 WHERE id = $5 AND owner = $6 AND lease IS NOT NULL RETURNING 1';
const CLAIM = 'UPDATE tasks SET owner = $1, lease = $2 WHERE id = $3 AND owner = $4 AND lease IS NOT NULL RETURNING 1';
const RENEW = 'UPDATE tasks SET lease = $1, expires = greatest(expires, $2) WHERE owner = $3 AND lease IS NOT NULL';
const WISH = `INSERT INTO task_wishes (task, text) SELECT id, $1 FROM tasks
  WHERE id = $2 AND lease IS NOT NULL AND (SELECT count(*) FROM task_wishes w WHERE w.task = tasks.id) < ${MAX_WISHES} RETURNING 1`;
const TAKE = `WITH taken AS (DELETE FROM task_wishes WHERE task IN (SELECT id FROM tasks WHERE owner = $1) RETURNING place, task, text)
  SELECT task, text FROM taken ORDER BY place`;

/** Changes of this node that come together share one transaction; those of all nodes run one after the other, so that no bound is passed. */
export function createPostgresTasks({ database, ensureOpen }: PostgresPorts): TaskStore {
  const commit = createLockedCommit(database, LOCK);
  const change = async (sql: string, ...parameters: readonly (string | number | null)[]): Promise<boolean> => {
    ensureOpen();
    return (await commit([{ sql, parameters }]))[0]?.length === 1;
  };

  return {
    insert: async ({ id, principalId, owner, leaseUntil, expiresAt, body }, now, { maxTasks, maxTasksOfPrincipal, maxCharsOfPrincipal }) => {
      const [key, principal, holder, text] = [id, principalId, owner, body].map(toStored);
      const parameters = [key, principal, holder, leaseUntil, expiresAt, text, body.length, maxTasks, maxTasksOfPrincipal, maxCharsOfPrincipal];
      const results = await commit([
        { sql: 'DELETE FROM tasks WHERE expires <= $1', parameters: [now] },
        { sql: INSERT, parameters },
      ]);
      return results[1]?.length === 1;
    },
    find: (id) => {
      ensureOpen();
      return findOne(database, id);
    },
    replace: ({ id, owner, leaseUntil, expiresAt, body }) => change(REPLACE, leaseUntil, expiresAt, toStored(body), body.length, toStored(id), toStored(owner)),
    claim: (id, from, to, leaseUntil) => change(CLAIM, toStored(to), leaseUntil, toStored(id), toStored(from)),
    renew: async (owner, leaseUntil, expiresAt) => {
      await change(RENEW, leaseUntil, expiresAt, toStored(owner));
    },
    wish: ({ taskId, text }) => change(WISH, toStored(text), toStored(taskId)),
    takeWishes: async (owner) => {
      const rows = await database.query(TAKE, [toStored(owner)]);
      return rows.map((row): TaskWish => ({ taskId: fromStored(String(row['task'])), text: fromStored(String(row['text'])) }));
    },
  };
}

async function findOne(database: PostgresPorts['database'], id: string): Promise<TaskRow | undefined> {
  const [row] = await database.query('SELECT * FROM tasks WHERE id = $1', [toStored(id)]);
  return row && toRow(row);
}

function toRow({ id, principal, owner, lease, expires, body }: Row): TaskRow {
  if (typeof id !== 'string' || typeof principal !== 'string' || typeof owner !== 'string' || typeof body !== 'string' || typeof expires !== 'number') {
    throw new AppError('STORAGE_CORRUPT', { message: 'A task in the state database is damaged.' });
  }
  return {
    id: fromStored(id),
    principalId: fromStored(principal),
    owner: fromStored(owner),
    leaseUntil: typeof lease === 'number' ? lease : null,
    expiresAt: expires,
    body: fromStored(body),
  };
}
