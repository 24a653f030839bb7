/** @module storage/sqlite/writer-thread: a writer on a thread of its own. */
import type { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { toStorageError } from './faults.ts';
import type { Statement, StatementResult, Writer } from './writer.ts';

/**
 * What the thread runs. Text and not a file, because a file would need another address in the
 * sources than in the bundle. It does what createDirectWriter does, and the same tests run on both.
 * The file exists and has its schema before the thread starts.
 */
const THREAD_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
let database;
const prepared = new Map();
const prepare = (sql) => {
  const statement = prepared.get(sql) ?? database.prepare(sql);
  prepared.set(sql, statement);
  return statement;
};
const open = () => {
  const opened = new DatabaseSync(workerData.path, { timeout: workerData.busyTimeoutMs });
  opened.exec('PRAGMA synchronous = ' + workerData.synchronous + '; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;');
  return opened;
};
const run = (statements) => {
  database ??= open();
  try {
    database.exec('BEGIN IMMEDIATE');
    const results = statements.map(({ sql, parameters, isQuery }) =>
      isQuery === true
        ? { changes: 0, rows: prepare(sql).all(...parameters) }
        : { changes: Number(prepare(sql).run(...parameters).changes), rows: [] },
    );
    database.exec('COMMIT');
    return results;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};
parentPort.on('message', ({ id, statements }) => {
  if (statements === undefined) {
    database?.close();
    parentPort.close();
    return;
  }
  try {
    parentPort.postMessage({ id, results: run(statements) });
  } catch (error) {
    parentPort.postMessage({ id, failure: { errcode: error.errcode, code: error.code, message: error.message } });
  }
});
`;

type Reply =
  | { readonly id: number; readonly results: readonly StatementResult[] }
  | { readonly id: number; readonly results?: undefined; readonly failure: unknown };
interface Waiting {
  readonly resolve: (results: readonly StatementResult[]) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * Writes on a worker thread that starts with the first write: a lock held by another process delays
 * the write and not the event loop. The thread keeps the process alive only while a write is under
 * way; a thread that died fails what it was doing and is replaced at the next write.
 *
 * @param busyTimeoutMs how long a write may wait for another process's lock
 * @param synchronous `NORMAL` = a power cut may take the last writes, but damages nothing
 */
export function createThreadWriter(path: string, busyTimeoutMs: number, synchronous: 'FULL' | 'NORMAL' = 'FULL'): Writer {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;

  const settle = (reply: Reply): void => {
    const { resolve, reject } = waiting.get(reply.id) ?? {};
    waiting.delete(reply.id);
    if (waiting.size === 0) worker?.unref();
    if (reply.results !== undefined) resolve?.(reply.results);
    else reject?.(toStorageError(reply.failure));
  };
  const fail = (cause: unknown): void => {
    worker = undefined;
    const error = new AppError('STORAGE_UNAVAILABLE', { message: 'The writer of the state database has stopped.', cause });
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const threads = process.getBuiltinModule('node:worker_threads');
    // Own, empty arguments and environment: the thread needs no secret and obeys no loader.
    const started = new threads.Worker(THREAD_SOURCE, {
      eval: true,
      name: 'switchyard-storage',
      workerData: { path, busyTimeoutMs, synchronous },
      execArgv: [],
      env: {},
      stdout: true,
    });
    started.on('message', settle);
    started.once('error', fail);
    started.once('exit', () => {
      if (worker === started) fail(undefined);
    });
    return started;
  };

  return {
    run: (statements: readonly Statement[]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker ??= start();
        worker.ref();
        worker.postMessage({ id: lastId, statements });
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = worker;
        if (!closing) return resolve();
        closing.ref();
        closing.once('exit', () => resolve());
        closing.postMessage({});
      }),
  };
}
