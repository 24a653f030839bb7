/** @module config/sections/limits: how often, how much, how long. */
import * as v from 'valibot';
import type { Config } from '../../contracts/config.ts';
import { LIMIT_CEILING } from '../../contracts/limits-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { integer, key, pattern, section, table } from '../fields.ts';

const { limits: defaults } = DEFAULT_CONFIG;
const HOUR_MS = 3_600_000;
const count = integer(1, LIMIT_CEILING);
const name = pattern(/^[A-Za-z][\w.-]{0,63}$/, 'a name (letters, digits, _ . -)');
const builtIn = (entries: Readonly<Record<string, number>>): string => Object.entries(entries).map(([role, rate]) => `${role} ${rate}`).join(', ');

const sessions = section({
  max: key(integer(1, 1_000_000), defaults.sessions.max, 'Sessions at a time.'),
  ttlSeconds: key(integer(1, 604_800), defaults.sessions.ttlSeconds, 'Seconds without a request after which a session ends.'),
}, 'Sessions of the legacy protocol revisions.');

/** Keys of `limits`. */
export const limitsSection = section({
  perMinute: key(table(name, count), {}, `Calls of one principal per minute, by role; of several roles the highest counts. Built in: ${builtIn(defaults.perMinute)}.`),
  defaultPerMinute: key(count, defaults.defaultPerMinute, 'Calls per minute of principals none of whose roles is named in perMinute.'),
  classPerMinute: key(table(name, count), {}, `Calls of one principal per minute, by rate class of the target, beside perMinute. Built in: ${builtIn(defaults.classPerMinute)}.`),
  sourcePerMinute: key(count, defaults.sourcePerMinute, 'Arrivals per minute of one source address; loopback and stdio are not counted.'),
  burst: key(count, defaults.burst, 'Calls above perMinute and sourcePerMinute that are let through before a minute is over.'),
  concurrency: key(count, defaults.concurrency, 'Calls that run at the same time.'),
  queue: key(count, defaults.queue, 'Calls that wait for a slot; further ones are refused.'),
  maxBodyBytes: key(integer(1024, 1_073_741_824), defaults.maxBodyBytes, 'Bytes that a request may have.'),
  maxResponseBytes: key(integer(1024, 1_073_741_824), defaults.maxResponseBytes, 'Bytes that an answer may have.'),
  headersTimeoutMs: key(integer(100, HOUR_MS), defaults.headersTimeoutMs, 'Milliseconds for the headers of a request to arrive.'),
  requestTimeoutMs: key(integer(100, HOUR_MS), defaults.requestTimeoutMs, 'Milliseconds for a whole request to arrive.'),
  idleTimeoutMs: key(integer(100, HOUR_MS), defaults.idleTimeoutMs, 'Milliseconds that a connection may wait between two requests.'),
  callTimeoutMs: key(integer(1, 24 * HOUR_MS), defaults.callTimeoutMs, 'Milliseconds that an ordinary call may take to its answer; tools may declare their own.'),
  sessions: v.optional(sessions, {}),
  drainSeconds: key(integer(0, 3600), defaults.drainSeconds, 'Seconds that a stop waits for running calls before it cancels them.'),
}, 'How often, how much, how long. Limits can be raised, not switched off.');

/** The limits with the built-in entries under those of the file. */
export function toLimits(limits: Config['limits']): Config['limits'] {
  return {
    ...limits,
    perMinute: { ...defaults.perMinute, ...limits.perMinute },
    classPerMinute: { ...defaults.classPerMinute, ...limits.classPerMinute },
  };
}
