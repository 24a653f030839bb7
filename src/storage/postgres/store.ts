/** @module storage/postgres/store: the Store that several nodes share. */
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import type { Store } from '../../contracts/store.ts';
import { createPostgresKeys } from './api-keys.ts';
import { createPorts } from './changes.ts';
import { createPostgresDatabase, type PostgresOptions } from './database.ts';
import { createLookout } from './lookout.ts';
import { createPostgresKill } from './kill.ts';
import { createPostgresRates } from './rates.ts';
import { createPostgresRecords } from './records.ts';
import { createPostgresRevocations } from './revocations.ts';
import { createPostgresLedger } from './spend-ledger.ts';
import { createPostgresTasks } from './task-store.ts';

const PROBE = 'INSERT INTO probe (id, value) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET value = excluded.value RETURNING value';

/** Where and how the store works. */
export interface PostgresStoreOptions extends PostgresOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * The Store on PostgreSQL. Nothing is loaded or connected before the first use, which also makes the schema where it is
 * missing; of several nodes that start at once one makes it. Every wait is bounded. A server that is gone is found again
 * by itself, within a second of its coming back where keys are asked for; until then every operation fails at once.
 *
 * Every operation @throws AppError STORAGE_UNAVAILABLE, STORAGE_CORRUPT, STORAGE_SCHEMA, STORAGE_FULL
 * @throws AppError CONFIG_INVALID here, for an address that cannot be read
 */
export function createPostgresStore({ clock, ...options }: PostgresStoreOptions): Store {
  const database = createPostgresDatabase(options);
  const lookout = createLookout(database, options.schema, clock);
  const ports = createPorts(database, lookout);
  const ledger = createPostgresLedger(ports);
  return {
    apiKeys: createPostgresKeys(ports),
    spend: ledger,
    records: createPostgresRecords(ports),
    tasks: createPostgresTasks(ports),
    revocations: createPostgresRevocations(ports),
    shared: { rates: createPostgresRates(database, options.schema), kill: createPostgresKill(ports) },
    get fault() {
      return lookout.fault;
    },
    check: async () => {
      const [row] = await database.query(PROBE, [randomHex(8)]);
      if (typeof row?.['value'] !== 'string') throw new AppError('STORAGE_UNAVAILABLE', { message: 'The PostgreSQL server does not return what was written.' });
    },
    close: async () => {
      await ledger.close().catch(() => undefined);
      await lookout.close();
      await database.close();
    },
  };
}
