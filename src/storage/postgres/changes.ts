/** @module storage/postgres/changes: writes that other nodes hear of. */
import { AppError } from '../../core/errors.ts';
import type { PostgresDatabase, Run } from './database.ts';
import type { Lookout, Topic } from './lookout.ts';

/** The notice goes out with the commit. */
const CHANGED = 'UPDATE versions SET version = version + 1 WHERE name = $1 RETURNING version, pg_notify(current_schema(), name)';

/** What every part of the store stands on. */
export interface PostgresPorts {
  readonly database: PostgresDatabase;
  readonly lookout: Lookout;
  /** Does the work in one transaction; unless it gives 0, false or undefined, every node hears of it. In the order asked for. */
  change<T>(topic: Topic, work: (run: Run) => Promise<T>): Promise<T>;
  /** @throws AppError STORAGE_UNAVAILABLE once the store is closed */
  ensureOpen(): void;
}

/** The parts of a store share them. */
export function createPorts(database: PostgresDatabase, lookout: Lookout): PostgresPorts {
  const last = new Map<Topic, Promise<unknown>>();

  const changeNow = async <T>(topic: Topic, work: (run: Run) => Promise<T>): Promise<T> => {
    let version: number | undefined;
    let isChanged = true;
    try {
      return await database.transaction(async (run) => {
        const result = await work(run);
        isChanged = Boolean(result);
        if (isChanged) version = Number((await run(CHANGED, [topic]))[0]?.['version']);
        return result;
      });
    } catch (error) {
      // A commit whose answer was lost may have happened.
      version = undefined;
      throw error;
    } finally {
      if (isChanged) lookout.changed(topic, version);
    }
  };

  return {
    database,
    lookout,
    change: (topic, work) => {
      const own = (last.get(topic) ?? Promise.resolve()).then(() => changeNow(topic, work));
      last.set(
        topic,
        own.catch(() => undefined),
      );
      return own;
    },
    ensureOpen: () => {
      if (database.isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state store is closed.' });
    },
  };
}
