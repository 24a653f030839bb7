/** @module contracts/records: small records that expire, for state whose shape only its owner knows. */
import type { MaybePromise } from '../core/json.ts';

/** One record. Kind and id together name it. */
export interface StoredRecord {
  /** What it is, such as `RefreshToken`. */
  readonly kind: string;
  /** Where knowing the id is a right, its owner stores a hash of it. */
  readonly id: string;
  /** JSON text of its owner. */
  readonly value: string;
  /** What it is removed together with, such as a grant; null = nothing. */
  readonly group: string | null;
  /** A second name by which it is found; null = none. Of several records with one alias the newest is found. */
  readonly alias: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; null = never. At that time it is no longer there. */
  readonly expiresAt: number | null;
  /** When it was used up; it stays until it expires, so that a second use is noticed. */
  readonly consumedAt: number | null;
}

/** Which records to list. */
export interface RecordQuery {
  readonly kind: string;
  readonly group?: string | undefined;
  /** 1 or more. */
  readonly limit: number;
}

/** Records. Reads are local and synchronous-fast where the state is embedded; writes are durable when they resolve. */
export interface RecordStore {
  /** Undefined when there is none or its time is over. */
  get(kind: string, id: string, nowEpochMs: number): MaybePromise<StoredRecord | undefined>;
  findByAlias(kind: string, alias: string, nowEpochMs: number): MaybePromise<StoredRecord | undefined>;
  /** Newest first, expired ones left out. */
  list(query: RecordQuery, nowEpochMs: number): MaybePromise<readonly StoredRecord[]>;
  /** Writes it, in place of the one of that name if there is one. */
  put(record: StoredRecord): Promise<void>;
  /** Writes it unless one of that name is there and has not expired. Of several that try at once, one gets true. */
  insert(record: StoredRecord, nowEpochMs: number): Promise<boolean>;
  /** Marks it as used up. True for exactly one caller; false when it is used up already, expired or unknown. */
  consume(kind: string, id: string, atEpochMs: number): Promise<boolean>;
  /** False when there was none. */
  delete(kind: string, id: string): Promise<boolean>;
  /** Removes every record of the group, or those of one kind. @returns how many */
  deleteGroup(group: string, kind?: string): Promise<number>;
  /** Removes records whose time is over, at most `limit` of them. @returns how many */
  prune(nowEpochMs: number, limit: number): Promise<number>;
  /**
   * Changes when any record may have changed: at once when this process changed it, within 250 ms when
   * another did. Cheap: asked for every call, for caches.
   */
  version(): number;
}
