/** @module config/sections/limits: how often, how much, how long. */
import * as v from 'valibot';
import type { Config } from '../../contracts/config.ts';
import { BUDGET_SHAPE, BUDGET_WORDS } from '../../contracts/budget-text.ts';
import { MAX_CONCURRENCY, MAX_PER_MINUTE } from '../../contracts/limits-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { integer, key, list, pattern, section, table, text } from '../fields.ts';

const { limits: defaults } = DEFAULT_CONFIG;
const HOUR_MS = 3_600_000;
const rate = integer(1, MAX_PER_MINUTE);
const name = pattern(/^[A-Za-z][\w.-]{0,63}$/, 'a name (letters, digits, _ . -)');
const builtIn = (entries: Readonly<Record<string, number>>): string =>
  Object.entries(entries)
    .map(([entry, value]) => `${entry} ${value}`)
    .join(', ');

const sessions = section(
  {
    max: key(integer(1, 1_000_000), defaults.sessions.max, 'Sessions at a time.'),
    ttlSeconds: key(integer(1, 604_800), defaults.sessions.ttlSeconds, 'Seconds without a request after which a session ends.'),
  },
  'Sessions of the legacy protocol revisions.',
);

const budgetList = list(pattern(BUDGET_SHAPE, BUDGET_WORDS), 18);
const someName = text('a name', 256);

const budgets = section(
  {
    gateway: key(budgetList, [], 'Budgets of everything together, such as 50usd/day.'),
    users: key(table(someName, budgetList), {}, 'Budgets by principal, such as key:0123456789ab.'),
    teams: key(table(someName, budgetList), {}, 'Budgets by tenant, for all of its principals together.'),
    roles: key(table(name, budgetList), {}, 'Budgets of each principal that holds the role, each for itself.'),
    models: key(
      table(pattern(/^[\w.:@/*-]{1,200}$/, 'the name of a model, or a pattern such as openai/*'), budgetList),
      {},
      'Budgets by model or pattern (* = any characters), for all calls together.',
    ),
  },
  'What calls of models may use up, in US dollars, tokens or requests per minute, hour, day, week (from Monday), month or total; UTC. Each budget that applies counts.',
);

/** Keys of `limits`. */
export const limitsSection = section(
  {
    roles: key(
      table(name, rate),
      {},
      `Calls of one principal per minute, by role; of several roles the highest counts, without any the lowest listed. Built in: ${builtIn(defaults.roles)}.`,
    ),
    principals: key(
      table(someName, rate),
      {},
      "Calls per minute of single principals, in place of their role's rate: an id such as key:0123456789ab or mtls:spiffe://example.org/agent.",
    ),
    classes: key(
      table(name, rate),
      {},
      `Calls of one principal per minute, by rate class of the target, beside the role's rate. Built in: ${builtIn(defaults.classes)}.`,
    ),
    sourcePerMinute: key(rate, defaults.sourcePerMinute, 'Arrivals per minute of one source address; loopback and stdio are not counted.'),
    burst: key(integer(0, MAX_PER_MINUTE), defaults.burst, 'Calls above the rate of a role or source that may come at once after a quiet time.'),
    concurrency: key(integer(1, MAX_CONCURRENCY), defaults.concurrency, 'Calls that run at the same time.'),
    queue: key(integer(0, MAX_CONCURRENCY), defaults.queue, 'Calls that wait for a slot; further ones are refused.'),
    maxBodyBytes: key(integer(1024, 1_073_741_824), defaults.maxBodyBytes, 'Bytes that a request may have.'),
    maxResponseBytes: key(integer(1024, 1_073_741_824), defaults.maxResponseBytes, 'Bytes that an answer may have.'),
    headersTimeoutMs: key(integer(100, HOUR_MS), defaults.headersTimeoutMs, 'Milliseconds for the headers of a request to arrive.'),
    requestTimeoutMs: key(integer(100, HOUR_MS), defaults.requestTimeoutMs, 'Milliseconds for a whole request to arrive.'),
    idleTimeoutMs: key(integer(100, HOUR_MS), defaults.idleTimeoutMs, 'Milliseconds that a connection may wait between two requests.'),
    callTimeoutMs: key(
      integer(1, 24 * HOUR_MS),
      defaults.callTimeoutMs,
      'Milliseconds that an ordinary call may take to its answer; tools may declare their own.',
    ),
    budgets: v.optional(budgets, {}),
    sessions: v.optional(sessions, {}),
    drainSeconds: key(integer(0, 3600), defaults.drainSeconds, 'Seconds that a stop waits for running calls before it cancels them.'),
  },
  'How often, how much, how long. Limits can be raised, not switched off.',
);

/** The limits with the built-in entries under those of the file. */
export function toLimits(limits: Config['limits']): Config['limits'] {
  return {
    ...limits,
    roles: { ...defaults.roles, ...limits.roles },
    classes: { ...defaults.classes, ...limits.classes },
  };
}
