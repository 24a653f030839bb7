/** @module contracts/store: state that outlives the process. */
import type { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import type { RecordStore } from './records.ts';
import type { SharedKill } from './shared-kill.ts';
import type { SharedRates } from './shared-rates.ts';
import type { Budget, SpendLedger } from './spend.ts';
import type { TaskStore } from './task-store.ts';
import type { RevokedTokens } from './tokens.ts';

/** An API key as stored: the secret itself is nowhere. */
export interface ApiKeyRecord {
  /** Public identifier, also the first part of the key: `sk-sy-<id>-<secret>`. 12 hex characters. */
  readonly id: string;
  /** SHA-256 of the whole key, hexadecimal. The key has 192 random bits: no slow hash is needed. */
  readonly hash: string;
  readonly name: string;
  readonly kind: 'user' | 'service';
  readonly roles: readonly string[];
  /** Null = all that the roles give. */
  readonly scopes: readonly string[] | null;
  readonly tenant: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Id of the key this one replaced. */
  readonly rotatedFrom: string | null;
  /** Patterns of the models it may call; null = all that the policy gives. */
  readonly models: readonly string[] | null;
  /** Profiles through which alone it may be used; null = everywhere. */
  readonly profiles: readonly string[] | null;
  readonly budgets: readonly Budget[];
  /** Id of the first key of its line, under which its budgets are counted: replacing a key gives no fresh budget. */
  readonly budgetsOf: string;
}

/** Keys. Reads are local and synchronous-fast; writes are durable when they resolve. */
export interface ApiKeyStore {
  find(id: string): MaybePromise<ApiKeyRecord | undefined>;
  /** Newest first. */
  list(): MaybePromise<readonly ApiKeyRecord[]>;
  /** @throws AppError DUPLICATE_NAME when the id exists */
  insert(record: ApiKeyRecord): Promise<void>;
  /** Sets revokedAt if it is not set. False when the id is unknown. */
  revoke(id: string, atEpochMs: number): Promise<boolean>;
  /**
   * Inserts the successor and lets the key named in its `rotatedFrom` expire at the time, never later
   * than it would have: both or neither. False when that key is unknown or revoked.
   *
   * @throws AppError DUPLICATE_NAME when the id exists
   */
  rotate(successor: ApiKeyRecord, oldExpiresAtEpochMs: number): Promise<boolean>;
  /**
   * Changes when any key may have changed: at once when this process changed it, within 250 ms when
   * another did. Cheap: asked for every call, for caches.
   */
  version(): number;
}

/** The state store. */
export interface Store {
  readonly apiKeys: ApiKeyStore;
  readonly spend: SpendLedger;
  readonly records: RecordStore;
  readonly tasks: TaskStore;
  readonly revocations: RevokedTokens;
  /** What several nodes share beside it; absent where the state is one home's. */
  readonly shared?: { readonly rates: SharedRates; readonly kill: SharedKill } | undefined;
  /** Why it cannot be used at this moment, as far as anybody has noticed; absent where the state is one home's. */
  readonly fault?: AppError | undefined;
  /** A write and a read that really happen. @throws AppError STORAGE_UNAVAILABLE */
  check(): Promise<void>;
  close(): MaybePromise<void>;
}
