/** @module upstreams/upstream: one configured server: connected when needed, forgotten when it dies, bounded in everything. */
import type { CallContext } from '../contracts/call.ts';
import type { DefinitionKind, PinGate } from '../contracts/pins.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent, UpstreamListener } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError, toAppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { Scope } from '../core/scope.ts';
import { EMPTY_CATALOGUE, fetchCatalogue, type UpstreamCatalogue } from './catalogue.ts';
import { isUnsent } from './connection/failures.ts';
import { createConnector } from './connector.ts';
import { createMemory, type UpstreamMemory } from './memory.ts';
import { Patience } from './patience.ts';
import { approvedCatalogue, openGate } from './pinned.ts';
import { Places } from './places.ts';
import type { UpstreamPorts } from './ports.ts';
import { Recovery } from './recovery.ts';

/** What the catalogue hears of an upstream. */
export interface UpstreamHears {
  onCatalogue(): void;
  onResourceUpdated(uri: string): void;
}

interface Live {
  readonly connection: UpstreamConnection;
  readonly gate: PinGate | undefined;
}

/** Milliseconds between two looks at a list that keeps changing. */
const REFRESH_MS = 1000;
/** How often it is looked whether what is listed must be compared again, which it is every four to five minutes. */
const VERIFY_MS = 30_000;
const MAX_SILENT = 3;

/** See UpstreamsConfig for what an operator can set. */
export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly #ports: UpstreamPorts;
  readonly #hears: UpstreamHears;
  readonly #memory: UpstreamMemory;
  readonly #connector: UpstreamConnector;
  readonly #recovery: Recovery;
  readonly #places: Places;
  readonly #life = new Scope();
  #catalogue: UpstreamCatalogue;
  #isKnown: boolean;
  #live: Live | undefined;
  #connecting: Promise<Live> | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshTimer: NodeJS.Timeout | undefined;
  #verifyTimer: NodeJS.Timeout | undefined;
  #openingGate: PinGate | undefined;
  #silent = 0;

  constructor(name: string, config: UpstreamConfig, ports: UpstreamPorts, hears: UpstreamHears) {
    this.name = name;
    this.config = config;
    this.#ports = ports;
    this.#hears = hears;
    this.#memory = createMemory(ports.folder, name, config);
    const remembered = this.#memory.read();
    this.#isKnown = remembered !== undefined;
    this.#catalogue = remembered?.catalogue ?? EMPTY_CATALOGUE;
    this.#connector = createConnector(config, ports, remembered?.era);
    this.#recovery = new Recovery(() => ports.clock.monotonic());
    this.#places = new Places(name, config.concurrency);
  }

  /** As it was listed last, here or by an earlier gateway of this home, less what is not approved. */
  get catalogue(): UpstreamCatalogue {
    return approvedCatalogue(this.#catalogue, this.name, this.config, this.#ports, this.#live?.gate);
  }

  /** The last lines of its stderr. */
  get stderr(): string {
    return this.#connector.stderr;
  }

  /** Connects in the background where that is wanted, or where nothing is known of it yet. */
  start(): void {
    if (this.config.connect === 'lazy' && this.#isKnown) return;
    this.#connect(this.#life).catch(() => undefined);
  }

  /** Connects now, for doctor. @throws AppError UPSTREAM_* */
  async connect(scope: Scope): Promise<UpstreamConnection> {
    return (await this.#connect(scope)).connection;
  }

  status(): ComponentStatus {
    const { name } = this;
    if (this.#live) {
      const { serverInfo, protocolVersion } = this.#live.connection.facts;
      return { name, state: 'up', detail: `${serverInfo.name} ${serverInfo.version}, ${protocolVersion}, ${this.#catalogue.tools.length} tools` };
    }
    if (this.#connecting) return { name, state: 'off', detail: 'connecting' };
    const failure = this.#recovery.lastFailure;
    if (failure) return { name, state: 'down', detail: `${failure.code}: ${failure.message}` };
    return { name, state: 'off', detail: 'connects at the next call' };
  }

  /**
   * One request on behalf of a call. Progress and questions go to the call; each sign of life starts the time anew.
   * What has certainly not reached the server is sent once more, on a new connection.
   *
   * @throws AppError UPSTREAM_*, OVERLOADED, or the scope's reason
   */
  async call(method: string, params: JsonObject, context: CallContext, pinned?: { readonly kind: DefinitionKind; readonly name: string }): Promise<JsonObject> {
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

  /** Lets calls under way end, and takes part in no new list. */
  async retire(): Promise<void> {
    const until = performance.now() + 10 * this.config.timeoutMs;
    while (this.#places.load > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    await this.close();
  }

  /** Ends the connection and, over stdio, the process group. */
  async close(): Promise<void> {
    clearTimeout(this.#refreshTimer);
    const live = this.#live;
    this.#life.cancel(new AppError('SHUTTING_DOWN'));
    this.#forget();
    await live?.connection.close();
    await this.#connecting?.catch(() => undefined);
    // Also what was being opened, or given up a moment ago.
    await this.#connector.close();
  }

  async #send(method: string, params: JsonObject, scope: Scope, listener: UpstreamListener, pinned: { readonly kind: DefinitionKind; readonly name: string } | undefined): Promise<JsonObject> {
    const live = this.#live ?? (await this.#connect(scope));
    if (live.gate && pinned) {
      if (live.gate.needsRound) await scope.race(this.#refresh(live));
      live.gate.permit(pinned.kind, pinned.name);
    }
    return await live.connection.request(method, params, scope, listener);
  }

  #connect(scope: Scope): Promise<Live> {
    if (this.#live) return Promise.resolve(this.#live);
    if (!this.#connecting) {
      try {
        if (this.#life.reason) throw this.#life.reason;
        this.#recovery.check(this.name);
      } catch (failure) {
        return Promise.reject(toAppError(failure));
      }
      this.#connecting = this.#open().finally(() => {
        this.#connecting = undefined;
      });
    }
    return scope.race(this.#connecting);
  }

  /** For everybody who waits: not under the deadline of the one who came first. */
  async #open(): Promise<Live> {
    const { timeoutMs } = this.config;
    using scope = new Scope({ parent: this.#life, timeoutMs });
    let connection: UpstreamConnection | undefined;
    try {
      connection = await this.#connector.connect(scope, (event) => this.#onEvent(event));
      const live = { connection, gate: openGate(this.name, this.config, this.#ports) };
      this.#openingGate = live.gate;
      await this.#list(live, scope);
      if (this.#life.reason) throw this.#life.reason;
      this.#live = live;
      this.#openingGate = undefined;
      this.#keepVerified(live);
      this.#recovery.connected();
      this.#hears.onCatalogue();
      return live;
    } catch (failure) {
      const error = this.#openingFailure(failure, timeoutMs);
      await connection?.close();
      if (!this.#life.reason) {
        this.#recovery.failed(error);
        this.#ports.logger.warn('upstream cannot be reached', { upstream: this.name, code: error.code, problem: error.message });
      }
      throw error;
    }
  }

  #openingFailure(failure: unknown, timeoutMs: number): AppError {
    const error = toAppError(failure, 'UPSTREAM_INVALID');
    if (error.code !== 'DEADLINE_EXCEEDED') return error;
    return new AppError('UPSTREAM_SILENT', { message: `The upstream ${this.name} did not finish its opening within ${timeoutMs} ms.`, cause: error });
  }

  async #list({ connection, gate }: Live, scope: Scope): Promise<void> {
    const round = gate?.begin();
    const catalogue = await fetchCatalogue(connection, scope);
    await round?.judge(catalogue);
    this.#catalogue = catalogue;
    this.#isKnown = true;
    const problem = this.#memory.write({ era: connection.facts.era, catalogue });
    if (problem !== undefined) this.#ports.logger.warn('a catalogue cannot be remembered', { upstream: this.name, problem: toAppError(problem).message });
  }

  /** One look at the lists at a time; a failure leaves the old ones in force. */
  #refresh(live: Live): Promise<void> {
    this.#refreshing ??= this.#listAgain(live).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #listAgain(live: Live): Promise<void> {
    using scope = new Scope({ parent: this.#life, timeoutMs: this.config.timeoutMs });
    await this.#list(live, scope);
    this.#hears.onCatalogue();
  }

  #onEvent(event: UpstreamEvent): void {
    if (event.type === 'resource_updated') return this.#hears.onResourceUpdated(event.uri);
    if (event.type === 'closed') return this.#onClosed(event.reason);
    (this.#live?.gate ?? this.#openingGate)?.suspend();
    this.#refreshTimer ??= setTimeout(() => {
      this.#refreshTimer = undefined;
      if (!this.#live) return;
      this.#refresh(this.#live).catch((failure: unknown) => {
        const { code, message } = toAppError(failure, 'UPSTREAM_INVALID');
        this.#ports.logger.warn('the changed lists of an upstream were not taken', { upstream: this.name, code, problem: message });
      });
    }, REFRESH_MS).unref();
    return undefined;
  }

  #onClosed(reason: string): void {
    if (!this.#live) return;
    this.#forget();
    if (this.#life.reason) return;
    this.#recovery.failed(new AppError('UPSTREAM_GONE', { message: reason }));
    this.#ports.logger.warn('upstream has gone', { upstream: this.name, reason });
  }

  /** What is listed is compared again every few minutes, calls or not. */
  #keepVerified(live: Live): void {
    clearInterval(this.#verifyTimer);
    if (!live.gate) return;
    this.#verifyTimer = setInterval(() => {
      if (this.#live === live && live.gate?.needsRound) this.#refresh(live).catch(() => undefined);
    }, VERIFY_MS).unref();
  }

  #forget(): void {
    clearInterval(this.#verifyTimer);
    const live = this.#live;
    this.#live = undefined;
    live?.gate?.close();
  }

  /** A server that is silent again and again is given up: the next call starts it anew. */
  #onFailure(failure: unknown): void {
    if (!AppError.is(failure) || failure.code !== 'UPSTREAM_SILENT') return;
    this.#silent += 1;
    const live = this.#live;
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
