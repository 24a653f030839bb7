/** @module storage/memory/task-store: tasks without a disk. */
import type { TaskRow, TaskStore, TaskWish } from '../../contracts/task-store.ts';
import { MAX_WISHES } from '../task-bounds.ts';

/** Tasks that are forgotten with the process. */
export function createMemoryTasks(ensureOpen: () => void): TaskStore {
  const rows = new Map<string, TaskRow>();
  let wishes: TaskWish[] = [];

  const running = (id: string, owner?: string): TaskRow | undefined => {
    ensureOpen();
    const row = rows.get(id);
    return row && row.leaseUntil !== null && (owner === undefined || row.owner === owner) ? row : undefined;
  };

  return {
    insert: async (row, now, { maxTasks, maxTasksOfPrincipal, maxCharsOfPrincipal }) => {
      ensureOpen();
      for (const [id, { expiresAt }] of rows) if (expiresAt <= now) rows.delete(id);
      const own = [...rows.values()].filter(({ principalId }) => principalId === row.principalId);
      const chars = own.reduce((sum, { body }) => sum + body.length, row.body.length);
      if (rows.size >= maxTasks || own.length >= maxTasksOfPrincipal || chars > maxCharsOfPrincipal) return false;
      rows.set(row.id, row);
      return true;
    },
    find: (id) => {
      ensureOpen();
      return rows.get(id);
    },
    replace: async (row) => {
      if (!running(row.id, row.owner)) return false;
      rows.set(row.id, row);
      return true;
    },
    claim: async (id, from, to, leaseUntil) => {
      const row = running(id, from);
      if (row) rows.set(id, { ...row, owner: to, leaseUntil });
      return row !== undefined;
    },
    renew: async (owner, leaseUntil, expiresAt) => {
      ensureOpen();
      for (const row of rows.values()) {
        if (row.owner === owner && row.leaseUntil !== null) rows.set(row.id, { ...row, leaseUntil, expiresAt: Math.max(row.expiresAt, expiresAt) });
      }
    },
    wish: async (wish) => {
      if (!running(wish.taskId) || wishes.filter(({ taskId }) => taskId === wish.taskId).length >= MAX_WISHES) return false;
      wishes.push(wish);
      return true;
    },
    takeWishes: async (owner) => {
      ensureOpen();
      const isOwn = ({ taskId }: TaskWish): boolean => rows.get(taskId)?.owner === owner;
      const own = wishes.filter(isOwn);
      wishes = wishes.filter((wish) => !isOwn(wish));
      return own;
    },
  };
}
