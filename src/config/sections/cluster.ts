/** @module config/sections/cluster: where state lives, and what several nodes share. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, integer, key, orNull, pattern, section } from '../fields.ts';

const { storage, cluster } = DEFAULT_CONFIG;
const postgresUrl = pattern(/^postgres(?:ql)?:\/\/[^\s]{1,2000}$/, 'an address such as postgres://user:${PASSWORD}@host:5432/database');
const redisUrl = pattern(/^rediss?:\/\/[^\s]{1,1000}$/, 'an address such as redis://127.0.0.1:6379/0 or rediss://…');
const secret = pattern(/^[\x21-\x7e]{32,1024}$/, 'a secret of 32 characters or more (one word)');

/** Keys of `storage`. */
export const storageSection = section(
  {
    driver: key(choice(['sqlite', 'postgres'] as const), storage.driver, 'sqlite = a file of the home; postgres = a server that several nodes share.'),
    url: key(
      orNull(postgresUrl),
      storage.url,
      'postgres: its address, best as ${DATABASE_URL}. Beyond loopback TLS is used and checked unless it says sslmode=disable.',
    ),
    schema: key(
      pattern(/^[a-z_][a-z0-9_]{0,50}$/, 'a name of small letters, digits and _'),
      storage.schema,
      'postgres: schema of the tables; made when missing.',
    ),
    maxConnections: key(integer(1, 1000), storage.maxConnections, 'postgres: connections of one node, beside one that listens for changes.'),
    timeoutMs: key(integer(100, 60_000), storage.timeoutMs, 'postgres: milliseconds until a statement or a connection has failed.'),
  },
  'Where keys, budgets and other state live.',
);

const redis = section(
  {
    url: key(orNull(redisUrl), cluster.redis.url, 'Redis or Valkey that all nodes reach; null = none. Write a password as ${NAME}.'),
    timeoutMs: key(integer(10, 10_000), cluster.redis.timeoutMs, 'Milliseconds until an unanswered command has failed.'),
  },
  'The server on which nodes count and tell each other.',
);

/** Keys of `cluster`. */
export const clusterSection = section(
  {
    secret: key(
      orNull(secret),
      cluster.secret,
      'Seals and signs what nodes leave for each other; the same on all of them, best as ${SWITCHYARD_CLUSTER_SECRET}. Required with redis.url.',
    ),
    previousSecret: key(orNull(secret), cluster.previousSecret, 'The secret before a change: still opens what was sealed with it.'),
    redis: key(redis, cluster.redis, 'The server on which nodes count and tell each other.'),
    limits: key(
      choice(['auto', 'redis', 'postgres', 'local'] as const),
      cluster.limits,
      'Where rates are counted; auto = Redis where there is one, else each node for itself.',
    ),
    nodes: key(
      orNull(integer(1, 1000)),
      cluster.nodes,
      'Nodes among which rates are divided while the shared counters are lost; null = as many as were seen last.',
    ),
  },
  'What several nodes share.',
);
