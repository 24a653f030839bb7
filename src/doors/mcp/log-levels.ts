/** @module doors/mcp/log-levels: which log messages a client wants. */
import type { LogLevel } from '../../contracts/call.ts';

const RANKS: ReadonlyMap<unknown, number> = new Map<LogLevel, number>([
  ['debug', 0],
  ['info', 1],
  ['notice', 2],
  ['warning', 3],
  ['error', 4],
  ['critical', 5],
  ['alert', 6],
  ['emergency', 7],
]);

/** Above every level: the client wants no messages. */
export const NO_LOGS: number = RANKS.size;
/** What a session gets before it sets a level. */
export const DEFAULT_LOG_RANK = 1;

/** Position in the severities of RFC 5424, lowest first; undefined for any other value. */
export function rankOf(level: unknown): number | undefined {
  return RANKS.get(level);
}
