/** @module doors/mcp/emit: parts of a running call as notifications. */
import type { StreamPart } from '../../contracts/call.ts';
import type { MaybePromise } from '../../core/json.ts';
import { NO_LOGS, rankOf } from './log-levels.ts';
import { notificationText } from './message.ts';
import type { Outlet } from './peer.ts';

/**
 * The way for parts to reach the client, or undefined when it asked for none: progress needs a token,
 * logs a level. Progress that does not increase is dropped, as the protocol demands.
 */
export function createEmit(outlet: Outlet, token: unknown, logRank: number): ((part: StreamPart) => MaybePromise<void>) | undefined {
  if (token === undefined && logRank === NO_LOGS) return undefined;
  let last = -Infinity;
  return (part) => {
    if (part.type === 'progress' && token !== undefined && part.progress > last) {
      last = part.progress;
      const { progress, total, message } = part;
      return outlet.send(notificationText('notifications/progress', { progressToken: token, progress, total, message }));
    }
    if (part.type === 'log' && (rankOf(part.level) ?? -1) >= logRank) {
      const { level, logger, data } = part;
      return outlet.send(notificationText('notifications/message', { level, logger, data }));
    }
    return undefined;
  };
}
