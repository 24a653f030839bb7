/** @module doors/mcp/log-levels: which log messages a client wants. */
import type { LogLevel } from '../../contracts/call.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const RANKS: ReadonlyMap<unknown, number> = new Map(LEVELS.map((level, rank) => [level, rank]));

/** Above every level: the client wants no messages. */
export const NO_LOGS: number = RANKS.size;
/** What a session gets before it sets a level. */
export const DEFAULT_LOG_RANK = 1;

/** The level of that rank; undefined above all of them. */
export function levelOf(rank: number): LogLevel | undefined {
  return LEVELS[rank];
}

/** Position in the severities of RFC 5424, lowest first; undefined for any other value. */
export function rankOf(level: unknown): number | undefined {
  return RANKS.get(level);
}
