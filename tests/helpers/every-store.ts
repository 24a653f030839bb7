/** Every implementation of the Store port on real parts, for tests of what all of them promise. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/contracts/store.ts';
import { createMemoryStore } from '../../src/storage/memory/store.ts';
import { createPostgresStore } from '../../src/storage/postgres/store.ts';
import { createSqliteStore } from '../../src/storage/sqlite/store.ts';
import { freshSchema, postgresMissing, startPostgresServer, type PostgresServer } from './postgres-server.ts';

const clock = { monotonic: () => 0 };
let postgres: PostgresServer | undefined;
const STORES: Readonly<Record<string, (folder: string) => Store>> = {
  memory: () => createMemoryStore(),
  'sqlite, writes on a thread': (folder) => createSqliteStore({ path: join(folder, 'state.db'), clock }),
  'sqlite, direct writes': (folder) => createSqliteStore({ path: join(folder, 'state.db'), clock, writes: 'direct' }),
  postgres: () => createPostgresStore({ url: postgres?.url ?? '', schema: freshSchema(), maxConnections: 4, timeoutMs: 5000, clock }),
};

/** The suite once for each store. `current` gives the test its own, new and empty; it is closed after the test. */
export function describeEveryStore(subject: string, suite: (current: () => Store) => void): void {
  describe.each(Object.entries(STORES))(`${subject}: %s`, (name, create) => {
    let folder = '';
    let store: Store;
    beforeAll(async () => {
      if (name === 'postgres' && postgresMissing === undefined) postgres = await startPostgresServer();
    });
    afterAll(async () => {
      if (name === 'postgres') await postgres?.remove();
    });
    beforeEach(async (context) => {
      if (name === 'postgres') context.skip(postgresMissing !== undefined, postgresMissing);
      folder = mkdtempSync(join(tmpdir(), 'store-'));
      store = create(folder);
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    });
    suite(() => store);
  });
}
