/** @module upstreams/connection/to-connection: an agreed conversation as callers see it. */
import type { UpstreamConnection, UpstreamFacts } from '../../contracts/upstream.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation } from './conversation.ts';
import { LogThreshold } from './log-threshold.ts';
import { Watches } from './watches.ts';
import type { Wire } from './wire.ts';

/** @param readResult changes what requests answer, by their method */
export function toConnection(
  facts: UpstreamFacts,
  conversation: Conversation,
  wire: Wire,
  readResult?: (method: string, result: JsonObject) => JsonObject,
): UpstreamConnection {
  const watches = new Watches(facts, conversation);
  const threshold = new LogThreshold(facts, conversation);
  return {
    facts,
    watch: (uris) => watches.watch(uris),
    request(method, params, scope, listener) {
      threshold.want(listener?.logLevel);
      const answer = conversation.request(method, params, scope, listener);
      return readResult ? answer.then((result) => readResult(method, result)) : answer;
    },
    follow: (taskId, scope, listener) => conversation.follow(taskId, scope, listener),
    get pending() {
      return conversation.pending;
    },
    get strays() {
      return conversation.strays;
    },
    close: () => wire.close(),
  };
}
