/** @module contracts/shared-kill: the kill switch where several nodes see it. */
import type { MaybePromise } from '../core/json.ts';
import type { KillEntry } from './policy.ts';

/** An entry that was lifted: it never comes back. */
export interface LiftedEntry {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What is switched off, and what no longer is. Two states are joined by taking everything; a lift wins. */
export interface KillState {
  readonly entries: readonly KillEntry[];
  readonly lifted: readonly LiftedEntry[];
}

/** A place where nodes leave their state. */
export interface SharedKill {
  /** For operators, such as `redis`. */
  readonly name: string;
  /** What is there and was written by a node. @throws AppError STORAGE_* */
  read(): Promise<KillState>;
  /** Adds what is not there, and lifts what is not lifted there. @throws AppError STORAGE_* */
  add(state: KillState): Promise<void>;
  /** Hears of changes, and when some may have been missed. */
  listen(hear: () => void): MaybePromise<void>;
}
