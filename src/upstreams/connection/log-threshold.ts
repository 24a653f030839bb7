/** @module upstreams/connection/log-threshold: which log messages a server of the legacy era is asked for: one threshold for a whole connection. */
import type { LogLevel } from '../../contracts/call.ts';
import type { UpstreamFacts } from '../../contracts/upstream.ts';
import { isObject } from '../../core/json.ts';
import { Scope } from '../../core/scope.ts';
import type { Conversation } from './conversation.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const REQUEST_MS = 10_000;

/** The lowest level that any client has wanted so far; what one of them does not want, the door drops. */
export class LogThreshold {
  readonly #conversation: Conversation;
  readonly #isServed: boolean;
  #told = LEVELS.length;

  constructor({ era, capabilities }: UpstreamFacts, conversation: Conversation) {
    this.#conversation = conversation;
    this.#isServed = era === 'legacy' && isObject(capabilities['logging']);
  }

  /** Sent ahead of the call that wants it. A server that refuses is asked again when somebody wants more. */
  want(level: LogLevel | undefined): void {
    const rank = level === undefined ? -1 : LEVELS.indexOf(level);
    if (!this.#isServed || rank < 0 || rank >= this.#told) return;
    this.#told = rank;
    const scope = new Scope({ timeoutMs: REQUEST_MS });
    void this.#conversation
      .once('logging/setLevel', { level }, scope)
      .catch(() => undefined)
      .finally(() => scope.end());
  }
}
