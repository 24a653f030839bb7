/** @module contracts/cluster-config: where state lives, and what several nodes share. */

/** The state store. */
export interface StorageConfig {
  readonly driver: 'sqlite' | 'postgres';
  /** postgres://user:password@host:port/database; null unless the driver is postgres. */
  readonly url: string | null;
  /** Schema of the tables. One installation has one. */
  readonly schema: string;
  /** Connections of one node, beside the one that listens. */
  readonly maxConnections: number;
  /** Milliseconds until a statement or a connection has failed. */
  readonly timeoutMs: number;
}

/** What the nodes of one installation share beside the state store. */
export interface ClusterConfig {
  /** Seals and signs what nodes leave for each other; the same on all of them. */
  readonly secret: string | null;
  /** The one before, which still opens. */
  readonly previousSecret: string | null;
  readonly redis: RedisConfig;
  /** Where rates are counted; `auto` = Redis where there is one, else each node for itself. */
  readonly limits: 'auto' | 'redis' | 'postgres' | 'local';
  /** Nodes among which the rates are divided while shared counters are lost; null = as many as were seen last. */
  readonly nodes: number | null;
}

/** A Redis or Valkey server. */
export interface RedisConfig {
  /** With its password, where it has one; null = there is none. */
  readonly url: string | null;
  /** Milliseconds until an unanswered command has failed. */
  readonly timeoutMs: number;
}
