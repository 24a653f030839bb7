/** @module doors/mcp/tasks/task-vault: tasks on disk: sealed, and only for the principal they belong to. */
import type { Sealer } from '../../../contracts/http.ts';
import type { TaskBounds, TaskRow, TaskStore } from '../../../contracts/task-store.ts';
import { readRecord, type TaskRecord } from './task-state.ts';

/** A seal holds no more than a mebibyte of text. */
const PIECE_CHARS = 131_072;
/** Longer than any task is kept: its end is the store's affair. */
const SEAL_SECONDS = 366 * 86_400;

/** A row with what it holds. */
export interface OpenedRow {
  readonly row: TaskRow;
  readonly record: TaskRecord;
}

/** Facts of a row beside what it holds. */
export type RowFacts = Omit<TaskRow, 'body'>;

/** Sealed reads and writes. Everything @throws AppError STORAGE_*, HOME_INSECURE */
export class TaskVault {
  readonly #store: TaskStore;
  readonly #sealer: Sealer;

  constructor(store: TaskStore, sealer: Sealer) {
    this.#store = store;
    this.#sealer = sealer;
  }

  insert(facts: RowFacts, record: TaskRecord, now: number, bounds: TaskBounds): Promise<boolean> {
    return this.#store.insert({ ...facts, body: this.#seal(facts, record) }, now, bounds);
  }

  replace(facts: RowFacts, record: TaskRecord): Promise<boolean> {
    return this.#store.replace({ ...facts, body: this.#seal(facts, record) });
  }

  /** The principal's task; undefined when there is none, it is somebody else's, or its time is over. */
  async find(id: string, principalId: string, now: number): Promise<OpenedRow | undefined> {
    const row = await this.#store.find(id);
    if (!row || row.principalId !== principalId || row.expiresAt <= now) return undefined;
    const record = this.#open(row);
    return record && { row, record };
  }

  #seal({ id, principalId }: RowFacts, record: TaskRecord): string {
    const text = JSON.stringify(record);
    const pieces: string[] = [];
    for (let from = 0; from < text.length; from += PIECE_CHARS) {
      pieces.push(this.#sealer.seal(text.slice(from, from + PIECE_CHARS), SEAL_SECONDS, bindingOf(id, principalId, pieces.length)));
    }
    return pieces.join('.');
  }

  #open({ id, principalId, body }: TaskRow): TaskRecord | undefined {
    try {
      const pieces = body.split('.').map((piece, index) => String(this.#sealer.open(piece, bindingOf(id, principalId, index))));
      return readRecord(JSON.parse(pieces.join('')));
    } catch {
      // Sealed by another home, or altered: to a client it is a task that does not exist.
      return undefined;
    }
  }
}

function bindingOf(id: string, principalId: string, index: number): string {
  return JSON.stringify(['mcp-task', id, principalId, index]);
}
