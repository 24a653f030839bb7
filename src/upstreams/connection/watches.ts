/** @module upstreams/connection/watches: which resources a server is asked to tell of, on one connection. */
import type { UpstreamFacts } from '../../contracts/upstream.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { Scope } from '../../core/scope.ts';
import type { Conversation } from './conversation.ts';
import { pause } from './pause.ts';

/** Changes within this time are told the server at once. */
const GATHER_MS = 20;
const REQUEST_MS = 30_000;
/** An old subscription ends after the new one has begun: nothing is missed, some is told twice. */
const OVERLAP_MS = 500;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

/** One connection's watched resources. */
export class Watches {
  readonly #conversation: Conversation;
  readonly #isModern: boolean;
  readonly #isServed: boolean;
  #wanted: ReadonlySet<string> = new Set();
  #told: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #stream: Scope | undefined;

  constructor({ era, capabilities }: UpstreamFacts, conversation: Conversation) {
    this.#conversation = conversation;
    this.#isModern = era === 'modern';
    this.#isServed = canWatch(capabilities);
  }

  /** See UpstreamConnection.watch. */
  watch(uris: ReadonlySet<string>): void {
    if (!this.#isServed) return;
    this.#wanted = new Set(uris);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isModern) this.#listen();
      else this.#tell();
      this.#told = this.#wanted;
    }, GATHER_MS).unref();
  }

  /** @see MCP 2025-11-25, server/resources, "Subscriptions" */
  #tell(): void {
    for (const uri of this.#wanted) if (!this.#told.has(uri)) void this.#request('resources/subscribe', uri);
    for (const uri of this.#told) if (!this.#wanted.has(uri)) void this.#request('resources/unsubscribe', uri);
  }

  async #request(method: string, uri: string): Promise<void> {
    using scope = new Scope({ timeoutMs: REQUEST_MS });
    // A server that refuses has nothing to tell.
    await this.#conversation.once(method, { uri }, scope).catch(() => undefined);
  }

  /** @see MCP 2026-07-28, basic/patterns/subscriptions */
  #listen(): void {
    const old = this.#stream;
    if (old) setTimeout(() => old.cancel(), OVERLAP_MS).unref();
    this.#stream = this.#wanted.size === 0 ? undefined : new Scope();
    if (this.#stream) void this.#follow([...this.#wanted], this.#stream);
  }

  async #follow(resourceSubscriptions: readonly string[], scope: Scope): Promise<void> {
    for (let delayMs = FIRST_DELAY_MS; !scope.reason && !this.#conversation.ended; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        await this.#conversation.once('subscriptions/listen', { notifications: { resourceSubscriptions } }, scope);
      } catch (failure) {
        if (AppError.is(failure) && failure.code === 'UPSTREAM_ERROR') return;
      }
      await pause(delayMs, scope).catch(() => undefined);
    }
  }
}

/** Whether the server says that resources can be watched. */
export function canWatch({ resources }: UpstreamFacts['capabilities']): boolean {
  return isObject(resources) && resources['subscribe'] === true;
}
