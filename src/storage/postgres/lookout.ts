/** @module storage/postgres/lookout: what other nodes change, and whether the server is there. */
import type { Client } from 'pg';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { PostgresDatabase } from './database.ts';
import { toPostgresError } from './faults.ts';

const TOPICS = ['api_keys', 'kill', 'records', 'revocations'] as const;
/** What is told apart. */
export type Topic = (typeof TOPICS)[number];

const INTERVAL_MS = 250;
/** An unanswered look. */
const ANSWER_MS = 1_000;
/** What was not confirmed for so long is not believed. */
const STALE_MS = 1_000;

/** Watches while anybody needs it. */
export interface Lookout {
  /** A number that changes with every change that was seen; while the server cannot be asked, with every call. Begins to watch. */
  version(topic: Topic): number;
  /** An own change that has become this version; undefined = nobody knows whether it happened. */
  changed(topic: Topic, version: number | undefined): void;
  /** Called after each change of the topic, an own one too, and when the server is back. Begins to watch. Returns the way to stop. */
  listen(topic: Topic, hear: () => void): () => void;
  /** Why the server cannot be used now; undefined = it can, or nobody is watching. */
  readonly fault: AppError | undefined;
  close(): Promise<void>;
}

/**
 * One connection that listens (LISTEN) and looks four times a second. While it finds no server, everything else fails at
 * once instead of waiting; it tries again all the time. Keeps no process alive.
 */
export function createLookout(database: PostgresDatabase, schema: string, clock: Pick<Clock, 'monotonic'>): Lookout {
  const seen = new Map<string, number>();
  const counts = new Map<Topic, number>();
  const listeners = new Map<Topic, Set<() => void>>();
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isWatching = false;
  let isAskedAgain = false;
  let confirmedAt = -Infinity;
  let fault: AppError | undefined;

  const bump = (topic: Topic): void => {
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
    for (const hear of listeners.get(topic) ?? []) hear();
  };
  const takeIn = (rows: readonly Readonly<Record<string, unknown>>[], wasAway: boolean): void => {
    for (const topic of TOPICS) {
      const found = Number(rows.find(({ name }) => name === topic)?.['version'] ?? 0);
      const before = seen.get(topic);
      seen.set(topic, found);
      if ((before !== undefined && before !== found) || wasAway) bump(topic);
    }
  };
  const open = async (): Promise<Client> => {
    if (client) return client;
    const made = await database.connect();
    made.on('notification', () => look());
    made.on('error', () => drop(made));
    made.on('end', () => drop(made));
    await made.query(`LISTEN ${schema}`);
    client = made;
    return made;
  };
  const drop = (broken: Client | undefined): void => {
    if (!broken || client !== broken) return;
    client = undefined;
    void broken.end().catch(() => undefined);
  };
  const round = async (): Promise<void> => {
    let used: Client | undefined;
    try {
      // Otherwise its own connection would fail at once, like everybody's.
      used = await open();
      const { rows } = await within(used.query('SELECT name, version FROM versions'), ANSWER_MS);
      const wasAway = fault !== undefined;
      fault = undefined;
      database.setFault(undefined);
      confirmedAt = clock.monotonic();
      takeIn(rows, wasAway);
    } catch (error) {
      drop(used);
      if (!isWatching) return;
      fault = toPostgresError(error);
      database.setFault(fault);
    }
  };
  const look = (): void => {
    if (!isWatching) return;
    isAskedAgain = running !== undefined;
    clearTimeout(timer);
    running ??= round().finally(() => {
      running = undefined;
      if (!isWatching) return;
      if (isAskedAgain) look();
      else timer = setTimeout(look, INTERVAL_MS).unref();
    });
  };
  const watch = (): void => {
    if (isWatching) return;
    if (database.isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state store is closed.' });
    isWatching = true;
    look();
  };

  return {
    version: (topic) => {
      watch();
      if (clock.monotonic() - confirmedAt > STALE_MS) counts.set(topic, (counts.get(topic) ?? 0) + 1);
      return counts.get(topic) ?? 0;
    },
    changed: (topic, version) => {
      const before = seen.get(topic);
      if (version !== undefined && before !== undefined && before >= version) return;
      if (version !== undefined) seen.set(topic, version);
      bump(topic);
    },
    listen: (topic, hear) => {
      watch();
      const heard = listeners.get(topic) ?? new Set();
      listeners.set(topic, heard.add(hear));
      return () => void heard.delete(hear);
    },
    get fault() {
      return fault;
    },
    close: async () => {
      isWatching = false;
      clearTimeout(timer);
      const closing = client;
      client = undefined;
      await closing?.end().catch(() => undefined);
      await running;
    },
  };
}

/** The answer, unless it takes too long. What comes later is dropped with its connection. */
async function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), ms);
    timer.unref();
  });
  answer.catch(() => undefined);
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
