/** @module upstreams/upstream: one configured server, as its targets use it: bounded in time and number of calls. */
import type { CallContext } from '../contracts/call.ts';
import type { DefinitionKind } from '../contracts/pins.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { UpstreamConnection, UpstreamListener } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { UpstreamCatalogue } from './catalogue.ts';
import { isUnsent } from './connection/failures.ts';
import { Link, type UpstreamHears } from './link.ts';
import { Patience } from './patience.ts';
import { Places } from './places.ts';
import type { UpstreamPorts } from './ports.ts';

/** What a call is about, where it can be pinned. */
export interface Pinned {
  readonly kind: DefinitionKind;
  readonly name: string;
}

/** Calls in a row without any sign of life, after which the server is started anew. */
const MAX_SILENT = 3;
/** Milliseconds between two looks whether the last call of a server that goes has ended. */
const RETIRE_LOOK_MS = 50;

/** See UpstreamsConfig for what an operator can set. */
export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly #link: Link;
  readonly #places: Places;
  #silent = 0;

  constructor(name: string, config: UpstreamConfig, ports: UpstreamPorts, hears: UpstreamHears) {
    this.name = name;
    this.config = config;
    this.#link = new Link(name, config, ports, hears);
    this.#places = new Places(name, config.concurrency);
  }

  /** As it was listed last, here or by an earlier gateway of this home, less what is not approved. */
  get catalogue(): UpstreamCatalogue {
    return this.#link.catalogue;
  }

  /** The last lines of its stderr. */
  get stderr(): string {
    return this.#link.stderr;
  }

  /** Connects where that is wanted, or where nothing is known of it yet. Resolves when that has succeeded or failed. */
  async start(): Promise<void> {
    if (this.config.connect === 'lazy' && this.#link.isKnown) return;
    await this.#link.connect(this.#link.life).catch(() => undefined);
  }

  /** Connects now, for doctor. @throws AppError UPSTREAM_* */
  async connect(scope: Scope): Promise<UpstreamConnection> {
    return (await this.#link.connect(scope)).connection;
  }

  status(): ComponentStatus {
    const { name } = this;
    const { live, isConnecting, lastFailure } = this.#link;
    if (live) {
      const { serverInfo, protocolVersion } = live.connection.facts;
      return { name, state: 'up', detail: `${serverInfo.name} ${serverInfo.version}, ${protocolVersion}, ${this.catalogue.tools.length} tools` };
    }
    if (isConnecting) return { name, state: 'off', detail: 'connecting' };
    if (lastFailure) return { name, state: 'down', detail: `${lastFailure.code}: ${lastFailure.message}` };
    return { name, state: 'off', detail: 'connects at the next call' };
  }

  /**
   * One request on behalf of a call. Progress and questions go to the call; each sign of life starts the time anew.
   * What has certainly not reached the server is sent once more, on a new connection.
   *
   * @throws AppError UPSTREAM_*, OVERLOADED, or the scope's reason
   */
  async call(method: string, params: JsonObject, context: CallContext, pinned?: Pinned): Promise<JsonObject> {
    await this.#places.take(context.scope);
    const patience = new Patience(this.name, context.scope, this.config.timeoutMs);
    const listener = listenerOf(context, patience);
    try {
      const result = await this.#send(method, params, patience.scope, listener, pinned).catch(async (failure: unknown) => {
        if (!isUnsent(failure)) throw failure;
        return await this.#send(method, params, patience.scope, listener, pinned);
      });
      this.#silent = 0;
      return result;
    } catch (failure) {
      this.#onFailure(failure);
      throw failure;
    } finally {
      patience.end();
      this.#places.giveBack();
    }
  }

  /** Lets calls under way end first; ten times the time of a call at most. */
  async retire(): Promise<void> {
    const until = performance.now() + 10 * this.config.timeoutMs;
    while (this.#places.load > 0 && performance.now() < until && !this.#link.life.reason) {
      await new Promise((resolve) => setTimeout(resolve, RETIRE_LOOK_MS));
    }
    await this.close();
  }

  /** Ends the connection and, over stdio, the process group. */
  async close(): Promise<void> {
    await this.#link.close();
  }

  async #send(method: string, params: JsonObject, scope: Scope, listener: UpstreamListener, pinned: Pinned | undefined): Promise<JsonObject> {
    const live = this.#link.live ?? (await this.#link.connect(scope));
    if (live.gate && pinned) {
      if (live.gate.needsRound) await scope.race(this.#link.refresh(live));
      live.gate.permit(pinned.kind, pinned.name);
    }
    return await live.connection.request(method, params, scope, listener);
  }

  #onFailure(failure: unknown): void {
    if (!AppError.is(failure) || failure.code !== 'UPSTREAM_SILENT') return;
    this.#silent += 1;
    const { live } = this.#link;
    if (this.#silent < MAX_SILENT || !live) return;
    this.#silent = 0;
    void live.connection.close();
  }
}

function listenerOf(context: CallContext, patience: Patience): UpstreamListener {
  return {
    emit(part) {
      patience.renew();
      return context.emit(part);
    },
    async ask(requests) {
      patience.hold();
      try {
        return await context.ask(requests);
      } finally {
        patience.renew();
      }
    },
  };
}
