/** @module storage/postgres/kill: the kill switch on the server that all nodes share. */
import { isKillScope, type KillEntry } from '../../contracts/policy.ts';
import type { KillState, LiftedEntry, SharedKill } from '../../contracts/shared-kill.ts';
import type { PostgresPorts } from './changes.ts';
import { fromStored, toStored } from './text.ts';

const ADD = `INSERT INTO kill_entries (id, scope, name, reason, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1`;
const LIFT = `INSERT INTO kill_entries (id, lifted_at) VALUES ($1, $2)
  ON CONFLICT (id) DO UPDATE SET lifted_at = excluded.lifted_at WHERE kill_entries.lifted_at IS NULL RETURNING 1`;
/** One row for each entry; a lifted one stays, marked. */
export function createPostgresKill({ database, lookout, change }: PostgresPorts): SharedKill {
  return {
    name: 'postgres',
    read: async (): Promise<KillState> => {
      const entries: KillEntry[] = [];
      const lifted: LiftedEntry[] = [];
      for (const row of await database.query('SELECT * FROM kill_entries ORDER BY at', [])) {
        const { scope } = row;
        const id = String(row['id']);
        if (row['lifted_at'] !== null) lifted.push({ id, at: Number(row['lifted_at']) });
        else if (isKillScope(scope))
          entries.push({ id, scope, name: fromStored(String(row['name'])), reason: fromStored(String(row['reason'])), at: Number(row['at']) });
      }
      return { entries, lifted };
    },
    add: async ({ entries, lifted }) => {
      await change('kill', async (run) => {
        let changes = 0;
        for (const { id, scope, name, reason, at } of entries) changes += (await run(ADD, [id, scope, toStored(name), toStored(reason), at])).length;
        for (const { id, at } of lifted) changes += (await run(LIFT, [id, at])).length;
        return changes;
      });
    },
    listen: (hear) => void lookout.listen('kill', hear),
  };
}
