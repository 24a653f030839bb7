/** @module storage/postgres/database: connections to one PostgreSQL server, with bounds on every wait. */
import type { Client, ClientConfig, CustomTypesConfig, Pool, PoolClient } from 'pg';
import { AppError } from '../../core/errors.ts';
import { systemCode } from '../../core/private-file.ts';
import { parsePostgresAddress } from './address.ts';
import { isOfStatement, toPostgresError } from './faults.ts';
import { migrate, MIGRATIONS } from './migrations.ts';

/** A row; bigints are numbers. */
export type Row = Readonly<Record<string, unknown>>;
/** Runs one statement and gives its rows. Values are only ever parameters. */
export type Run = (sql: string, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** Which server and schema, and how patient. */
export interface PostgresOptions {
  /** See parsePostgresAddress. */
  readonly url: string;
  /** Where the tables lie: one installation has one. [a-z_][a-z0-9_]*; made when missing. */
  readonly schema: string;
  /** Most connections of this process, beside the one that listens for changes. */
  readonly maxConnections: number;
  /** Milliseconds until a statement or a connection that does not come has failed. */
  readonly timeoutMs: number;
  readonly migrations?: readonly string[] | undefined;
}

/** One server. */
export interface PostgresDatabase {
  /** @throws AppError STORAGE_*, DUPLICATE_NAME */
  query: Run;
  /** All of the work or nothing of it. @throws AppError STORAGE_*, DUPLICATE_NAME, and as the work does */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** A connection of its own that is not counted; the schema is there. The caller ends it. @throws AppError STORAGE_* */
  connect(): Promise<Client>;
  /** From now on everything fails at once with this error, until it is undefined again. */
  setFault(error: AppError | undefined): void;
  readonly isClosed: boolean;
  close(): Promise<void>;
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,50}$/;
const INT8 = 20;
const NO_TABLE = '42P01';

/** Contacts nobody and loads nothing before its first use. @throws AppError CONFIG_INVALID */
export function createPostgresDatabase(options: PostgresOptions): PostgresDatabase {
  const { schema, timeoutMs } = options;
  if (!SCHEMA.test(schema)) throw new AppError('CONFIG_INVALID', { message: 'storage.schema: small letters, digits and _.' });
  const address = parsePostgresAddress(options.url);
  let pool: Promise<Pool> | undefined;
  let migrated: Promise<void> | undefined;
  let fault: AppError | undefined;
  let isClosed = false;

  const openPool = async (): Promise<Pool> => {
    const { Pool: Made, types } = await import('pg');
    const made = new Made({ ...clientSettings(options, types), ...address, max: options.maxConnections, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
    // An idle connection that breaks: the pool drops it, and the next use tells.
    made.on('error', () => undefined);
    // One in use: its statement tells; without a listener the process would end.
    made.on('connect', (client) => client.on('error', () => undefined));
    return made;
  };
  const checkout = async (): Promise<PoolClient> => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state store is closed.' });
    if (fault) throw fault;
    return await (await (pool ??= openPool())).connect();
  };
  const withClient = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    let client: PoolClient | undefined;
    try {
      client = await checkout();
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // A connection whose state is not known must not serve the next caller.
      client?.release(!isOfStatement(error) && !AppError.is(error));
      // Somebody restored the server from before: the next use makes the schema again.
      if (systemCode(error) === NO_TABLE) migrated = undefined;
      throw toPostgresError(error);
    }
  };
  const inTransaction = async <T>(client: PoolClient, work: (run: Run) => Promise<T>): Promise<T> => {
    const run: Run = async (sql, parameters) => (await client.query(sql, [...parameters])).rows;
    await client.query('BEGIN');
    try {
      const result = await work(run);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (isOfStatement(error) || AppError.is(error)) await client.query('ROLLBACK');
      throw error;
    }
  };
  /** Once for each process; a failure is tried again by the next use. */
  const prepare = async (): Promise<void> => {
    migrated ??= withClient((client) => inTransaction(client, (run) => migrate(run, schema, options.migrations ?? MIGRATIONS)));
    try {
      await migrated;
    } catch (error) {
      migrated = undefined;
      throw error;
    }
  };

  return {
    query: async (sql, parameters) => {
      await prepare();
      return await withClient(async (client) => (await client.query(sql, [...parameters])).rows);
    },
    transaction: async (work) => {
      await prepare();
      return await withClient((client) => inTransaction(client, work));
    },
    connect: async () => {
      await prepare();
      const { Client: Made, types } = await import('pg');
      const client = new Made({ ...clientSettings(options, types), ...address });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return client;
      } catch (error) {
        void client.end().catch(() => undefined);
        throw toPostgresError(error);
      }
    },
    setFault: (error) => {
      fault = error;
    },
    get isClosed() {
      return isClosed;
    },
    close: async () => {
      isClosed = true;
      const closing = await pool?.catch(() => undefined);
      // A server that hangs does not keep a gateway from stopping.
      if (closing && !closing.ended) await Promise.race([closing.end(), new Promise((resolve) => void setTimeout(resolve, timeoutMs).unref())]);
    },
  };
}

function clientSettings({ schema, timeoutMs }: PostgresOptions, types: CustomTypesConfig): ClientConfig {
  return {
    application_name: 'switchyard',
    connectionTimeoutMillis: timeoutMs,
    // The client gives up a little later than the server: a statement that was cancelled leaves a usable connection.
    query_timeout: timeoutMs + 500,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: 2 * timeoutMs,
    keepAlive: true,
    options: `-c search_path=${schema},pg_temp`,
    types: { getTypeParser: ((oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format))) satisfies CustomTypesConfig['getTypeParser'] },
  };
}
