/** @module upstreams/connection/to-connection: an agreed conversation as callers see it. */
import type { UpstreamConnection, UpstreamFacts } from '../../contracts/upstream.ts';
import type { Conversation } from './conversation.ts';
import { Watches } from './watches.ts';
import type { Wire } from './wire.ts';

/** @param beforeClose ends what the connection does besides requests */
export function toConnection(facts: UpstreamFacts, conversation: Conversation, wire: Wire, beforeClose?: () => Promise<void>): UpstreamConnection {
  const watches = new Watches(facts, conversation);
  return {
    facts,
    watch: (uris) => watches.watch(uris),
    request: (method, params, scope, listener) => conversation.request(method, params, scope, listener),
    follow: (taskId, scope, listener) => conversation.follow(taskId, scope, listener),
    get pending() {
      return conversation.pending;
    },
    get strays() {
      return conversation.strays;
    },
    async close() {
      await beforeClose?.();
      await wire.close();
    },
  };
}
