/** @module storage/postgres/rates: calls per minute on a PostgreSQL server that several nodes share. */
import { createHmac } from 'node:crypto';
import type { SharedRates } from '../../contracts/shared-rates.ts';
import { toCounts } from '../shared-counts.ts';
import type { PostgresDatabase } from './database.ts';

const TAKE = 'SELECT take_rates($1::text[], $2::bigint[], $3::bigint[]) AS answer';
const ATTEND = `WITH own AS (INSERT INTO nodes (id, seen) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen = now()),
  gone AS (DELETE FROM nodes WHERE seen < now() - interval '5 seconds' AND id <> $1)
  SELECT 1 + (SELECT count(*) FROM nodes WHERE id <> $1 AND seen >= now() - interval '5 seconds') AS nodes`;

/** One statement for each call. @param key names of one installation are not those of another */
export function createPostgresRates(database: PostgresDatabase, key: string): SharedRates {
  const digest = (name: string): string => createHmac('sha256', key).update(name).digest('base64url').slice(0, 27);
  return {
    take: async (counters) => {
      const parameters = [counters.map(({ name }) => digest(name)), counters.map(({ limit }) => limit), counters.map(({ burst }) => burst)];
      const [row] = await database.query(TAKE, parameters);
      return toCounts(row?.['answer'], counters);
    },
    attend: async (nodeId) => Number((await database.query(ATTEND, [nodeId]))[0]?.['nodes']),
  };
}
