/** @module contracts/model-cache: answers of models that are kept to be given again. */
import type { MaybePromise } from '../core/json.ts';

/** Whose answers a caller may be given: its own, those of its tenant (its own, where it has none), or everybody's. */
export type CacheScope = 'principal' | 'tenant' | 'gateway';

/** When a question that is not the same word for word counts as the same. */
export interface SemanticCacheConfig {
  /** Name of the model that turns texts into vectors; null unless the mode is semantic. */
  readonly embeddingModel: string | null;
  /** Cosine similarity, 0 to 1. */
  readonly threshold: number;
  /** Newest entries that are compared. */
  readonly maxCandidates: number;
  /** Milliseconds that the vector may take. */
  readonly timeoutMs: number;
}

/** Which answers are kept, where, and for whom; as an operator writes it. */
export interface CacheConfig {
  readonly mode: 'off' | 'exact' | 'semantic';
  /** Patterns (`*` = any characters) of the names that clients ask for. */
  readonly models: readonly string[];
  /** `asking` = only requests that say so with X-Switchyard-Cache: use. */
  readonly requests: 'all' | 'asking';
  readonly scope: CacheScope;
  readonly store: 'memory' | 'sqlite' | 'redis';
  /** With its password, where it has one; null unless the store is redis. */
  readonly redisUrl: string | null;
  /** Signs entries and hides what their names are made of; required for redis. */
  readonly secret: string | null;
  readonly ttlSeconds: number;
  readonly maxEntries: number;
  /** Of all entries together. */
  readonly maxBytes: number;
  /** A larger answer is not kept. */
  readonly maxEntryBytes: number;
  /** Milliseconds that the store may take; then the call goes on without it. */
  readonly timeoutMs: number;
  readonly semantic: SemanticCacheConfig;
}

/** Nothing is kept. */
export const DEFAULT_CACHE: CacheConfig = {
  mode: 'off',
  models: ['*'],
  requests: 'all',
  scope: 'principal',
  store: 'memory',
  redisUrl: null,
  secret: null,
  ttlSeconds: 3600,
  maxEntries: 10_000,
  maxBytes: 67_108_864,
  maxEntryBytes: 1_048_576,
  timeoutMs: 250,
  semantic: { embeddingModel: null, threshold: 0.95, maxCandidates: 200, timeoutMs: 2000 },
};

/** What a request says about the cache: `use` = where the operator leaves it to the request, `no-cache` = a fresh answer, which is kept, `no-store` = not at all. */
export type CacheWish = 'use' | 'no-cache' | 'no-store';

/** What the cache did for a call. */
export type CacheFacts =
  | { readonly result: 'hit'; readonly mode: 'exact' | 'semantic'; readonly ageSeconds: number }
  | { readonly result: 'miss' }
  /** Not looked for and not kept. */
  | { readonly result: 'bypass'; readonly reason: string };

/** What is kept. */
export interface CacheWrite {
  /** 1–128 of [A-Za-z0-9_-]. Replaces what is there. */
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Milliseconds after which it is gone; from 1. */
  readonly ttlMs: number;
  /** Entries that may be compared with each other, and where this one lies among them. Same alphabet as the key. */
  readonly neighbour?: { readonly group: string; readonly vector: Uint8Array } | undefined;
}

/** One of a group. */
export interface CacheNeighbour {
  readonly key: string;
  readonly vector: Uint8Array;
}

/**
 * Bytes by key, for a time and within bounds: when there are too many, the oldest go first.
 * It may lose anything at any time. What it gives back is not trusted: whoever reads it checks it.
 *
 * Every operation @throws AppError STORAGE_*
 */
export interface ModelCache {
  /** Undefined = not there, or its time is over. */
  get(key: string): MaybePromise<Uint8Array | undefined>;
  set(entry: CacheWrite): MaybePromise<void>;
  /** The newest of a group first, at most `limit` (from 1). */
  neighbours(group: string, limit: number): MaybePromise<readonly CacheNeighbour[]>;
  /** Afterwards every operation fails. */
  close(): MaybePromise<void>;
}

/** Bounds of a ModelCache; an entry counts with its key, its bytes and its vector. */
export interface CacheBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What an entry counts. */
export function cachedBytes({ key, bytes, neighbour }: CacheWrite): number {
  return key.length + bytes.byteLength + (neighbour ? neighbour.group.length + neighbour.vector.byteLength : 0);
}
