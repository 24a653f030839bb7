/** @module doors/mcp/legacy/methods: requests that exist only while a handshake is remembered. */
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Exchange } from '../exchange.ts';
import { rankOf } from '../log-levels.ts';
import type { Conversation, Peer } from '../peer.ts';
import { authorizeWatch } from '../watch.ts';

const DONE = '{}';

/** logging/setLevel. Without a session it changes nothing. @throws AppError INVALID_PARAMS */
export function setLogLevel({ peer }: Exchange, { level }: JsonObject): string {
  const rank = rankOf(level);
  if (rank === undefined) throw new AppError('INVALID_PARAMS', { message: 'Invalid params: level must be a log level.' });
  if (peer.conversation) peer.conversation.logRank = rank;
  return DONE;
}

/** resources/subscribe: a call of kind `subscription`, then remembered. @throws AppError as that call failed; INVALID_REQUEST without a session */
export async function subscribe(exchange: Exchange, { uri }: JsonObject): Promise<string> {
  const { watched } = conversationOf(exchange.peer);
  if (typeof uri !== 'string') throw noUri();
  if (!watched.has(uri) && watched.size >= exchange.core.options.maxWatchedUris) throw new AppError('OVERLOADED', { message: 'Too many subscriptions.' });
  await authorizeWatch(exchange, uri);
  // Two requests for one URI may have overlapped.
  if (!watched.has(uri)) watched.set(uri, exchange.core.ports.catalog.watch?.(uri, exchange.core.profile) ?? (() => undefined));
  return DONE;
}

/** resources/unsubscribe. Unknown URIs are fine. @throws AppError INVALID_PARAMS, INVALID_REQUEST */
export function unsubscribe({ peer }: Exchange, { uri }: JsonObject): string {
  if (typeof uri !== 'string') throw noUri();
  const { watched } = conversationOf(peer);
  watched.get(uri)?.();
  watched.delete(uri);
  return DONE;
}

function conversationOf({ conversation }: Peer): Conversation {
  if (conversation) return conversation;
  throw new AppError('INVALID_REQUEST', { message: 'Subscriptions need a session: initialize first and send its id.' });
}

function noUri(): AppError {
  return new AppError('INVALID_PARAMS', { message: 'Invalid params: uri must be a string.' });
}
