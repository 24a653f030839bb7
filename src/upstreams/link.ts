/**
 * @module upstreams/link: the connection to one upstream and what it lists: made when needed, made anew when it dies.
 * Longer than the house's usual file: what happens to one connection, in whatever order, is decided in one place.
 */
import type { PinGate } from '../contracts/pins.ts';
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';
import { EMPTY_CATALOGUE, fetchCatalogue, hasEntries, type UpstreamCatalogue } from './catalogue.ts';
import { gone, openingFailure } from './connection/failures.ts';
import { lazyConnector } from './lazy-connector.ts';
import { createMemory, type UpstreamMemory } from './memory.ts';
import { approvedCatalogue, openGate } from './pinned.ts';
import type { UpstreamPorts } from './ports.ts';
import { Recovery } from './recovery.ts';
import { Revival } from './revival.ts';

/** What the catalogue hears of an upstream. */
export interface UpstreamHears {
  onCatalogue(): void;
  onResourceUpdated(uri: string): void;
}

/** A connection whose lists were read. */
export interface Live {
  readonly connection: UpstreamConnection;
  /** Undefined = everything is taken as it comes. */
  readonly gate: PinGate | undefined;
}

/** Milliseconds between two looks at a list that keeps changing. */
const REFRESH_MS = 1000;
/** How often it is looked whether what is listed must be compared again, which it is every four to five minutes. */
const VERIFY_MS = 30_000;

/** At most one connection at a time. */
export class Link {
  readonly name: string;
  readonly config: UpstreamConfig;
  /** Ends with the upstream. */
  readonly life: Scope = new Scope();
  readonly #ports: UpstreamPorts;
  readonly #hears: UpstreamHears;
  readonly #memory: UpstreamMemory;
  readonly #connector: UpstreamConnector;
  readonly #recovery: Recovery;
  /** Who watches hears nothing of a server that nobody calls: it is connected to without a call. So is one that nobody can call. */
  readonly #revival: Revival;
  #catalogue: UpstreamCatalogue;
  #hasListed = false;
  #live: Live | undefined;
  #connecting: Promise<Live> | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshTimer: NodeJS.Timeout | undefined;
  #verifyTimer: NodeJS.Timeout | undefined;
  #openingGate: PinGate | undefined;
  #watched: ReadonlySet<string> = new Set();
  #signIn: Promise<unknown> | undefined;
  /** Whether it is to be reached although nobody calls. */
  #isSought = false;

  constructor(name: string, config: UpstreamConfig, ports: UpstreamPorts, hears: UpstreamHears) {
    this.name = name;
    this.config = config;
    this.#ports = ports;
    this.#hears = hears;
    this.#memory = createMemory(ports.folder, name, config);
    const remembered = this.#memory.read();
    this.#catalogue = remembered?.catalogue ?? EMPTY_CATALOGUE;
    this.#connector = lazyConnector(async () => (await import('./connector.ts')).createConnector(name, config, ports, remembered?.era));
    this.#recovery = new Recovery(() => ports.clock.monotonic());
    this.#revival = new Revival({
      isWanted: () => !this.#live && !this.life.reason && (this.#watched.size > 0 || this.#isSought),
      connect: () => this.connect(this.life),
    });
  }

  /** As it was listed last, here or by an earlier gateway of this home, less what is not approved. */
  get catalogue(): UpstreamCatalogue {
    return approvedCatalogue(this.#catalogue, this.name, this.config, this.#ports, this.#live?.gate);
  }

  /** Whether there is something that somebody could call, or this process has seen that there is not. */
  get isKnown(): boolean {
    return this.#hasListed || hasEntries(this.catalogue);
  }

  get live(): Live | undefined {
    return this.#live;
  }

  get isConnecting(): boolean {
    return this.#connecting !== undefined;
  }

  get lastFailure(): AppError | undefined {
    return this.#recovery.lastFailure;
  }

  get stderr(): string {
    return this.#connector.stderr;
  }

  /** The connection; made by the first who asks, for everybody who waits. @throws AppError UPSTREAM_*, or the scope's reason */
  connect(scope: Scope): Promise<Live> {
    if (this.#live) return Promise.resolve(this.#live);
    if (!this.#connecting) {
      try {
        this.life.throwIfCancelled();
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

  /** Connects now, and after a failure again and again, unasked, where nothing of it is known: nobody could call it. Resolves after the first try. */
  async seek(): Promise<void> {
    this.#isSought = !this.isKnown;
    await this.connect(this.life).catch((failure: unknown) => this.#revival.beginAfter(failure));
  }

  /** Updates of these resources are wanted: a connection is kept for as long as there are any. */
  watch(uris: ReadonlySet<string>): void {
    this.#watched = uris;
    if (this.#live) this.#live.connection.watch(uris);
    else this.#revival.begin(0);
  }

  /** Reads the lists again, once for everybody who waits. A failure leaves the old ones in force. */
  refresh(live: Live): Promise<void> {
    this.#refreshing ??= this.#listAgain(live).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Lists that are being read may be from before the change. */
  async #refreshAnew(): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
    if (this.#live) await this.refresh(this.#live);
  }

  /** Ends the connection, what is being opened, and over stdio the process groups. */
  async close(reason: AppError = new AppError('SHUTTING_DOWN')): Promise<void> {
    clearTimeout(this.#refreshTimer);
    this.#revival.stop();
    const live = this.#live;
    this.life.cancel(reason);
    this.#forget();
    await live?.connection.close();
    await this.#connecting?.catch(() => undefined);
    // Also what was being opened, or given up a moment ago.
    await this.#connector.close();
  }

  /** Under a time of its own: not under the deadline of the one who came first. */
  async #open(): Promise<Live> {
    const { timeoutMs } = this.config;
    using scope = new Scope({ parent: this.life, timeoutMs });
    let connection: UpstreamConnection | undefined;
    let end: string | undefined;
    try {
      connection = await this.#connector.connect(scope, (event) => {
        if (end === undefined) this.#onEvent(event, connection);
        if (event.type === 'closed') end = event.reason;
      });
      const live = { connection, gate: openGate(this.name, this.config, this.#ports) };
      this.#openingGate = live.gate;
      await this.#list(live, scope);
      this.life.throwIfCancelled();
      this.#isSought = false;
      // It may have gone while its lists were judged: they are shown, so that somebody can call it.
      if (end !== undefined) {
        this.#hears.onCatalogue();
        throw gone(end, true);
      }
      this.#live = live;
      this.#openingGate = undefined;
      this.#keepVerified(live);
      this.#recovery.connected();
      if (this.#watched.size > 0) connection.watch(this.#watched);
      this.#hears.onCatalogue();
      return live;
    } catch (failure) {
      const error = openingFailure(failure, this.name, timeoutMs);
      this.#openingGate?.close();
      this.#openingGate = undefined;
      await connection?.close();
      if (!this.life.reason) {
        // Once for the same problem, however often it is tried.
        const level = this.#recovery.failed(error) ? 'warn' : 'debug';
        if (error.code === 'UPSTREAM_LOGIN_REQUIRED') {
          // What it has may be unknown so far, so that nobody could call it; it is sought again when somebody has signed in.
          this.#isSought = false;
          const forget = (): void => void (this.#signIn = undefined);
          this.#signIn ??= this.#connector
            .signedIn?.(this.life)
            .then(forget)
            .then(() => this.seek())
            .then(forget, forget);
        }
        this.#ports.logger[level]('upstream cannot be reached', { upstream: this.name, code: error.code, problem: error.message });
      }
      throw error;
    }
  }

  async #list({ connection, gate }: Live, scope: Scope): Promise<void> {
    const round = gate?.begin();
    const catalogue = await fetchCatalogue(connection, scope);
    await round?.judge(catalogue);
    this.#catalogue = catalogue;
    this.#hasListed = true;
    if (this.#ports.isRemembering === false) return;
    const problem = this.#memory.write({ era: connection.facts.era, catalogue });
    if (problem !== undefined) this.#ports.logger.warn('a catalogue cannot be remembered', { upstream: this.name, problem: toAppError(problem).message });
  }

  async #listAgain(live: Live): Promise<void> {
    using scope = new Scope({ parent: this.life, timeoutMs: this.config.timeoutMs });
    await this.#list(live, scope);
    this.#hears.onCatalogue();
  }

  #onEvent(event: UpstreamEvent, from: UpstreamConnection | undefined): void {
    if (event.type === 'resource_updated') this.#hears.onResourceUpdated(event.uri);
    else if (event.type !== 'closed') this.#onChanged();
    else if (this.#live?.connection === from) this.#onClosed(event.reason, event.isForgotten === true);
  }

  #onChanged(): void {
    (this.#live?.gate ?? this.#openingGate)?.suspend();
    this.#refreshTimer ??= setTimeout(() => {
      this.#refreshTimer = undefined;
      this.#refreshAnew().catch((failure: unknown) => {
        const { code, message } = toAppError(failure, 'UPSTREAM_INVALID');
        this.#ports.logger.warn('the changed lists of an upstream were not taken', { upstream: this.name, code, problem: message });
      });
    }, REFRESH_MS).unref();
  }

  #onClosed(reason: string, isForgotten: boolean): void {
    if (!this.#live) return;
    this.#forget();
    if (this.life.reason) return;
    const failure = gone(reason);
    if (isForgotten) this.#recovery.forgotten(failure);
    else this.#recovery.failed(failure);
    this.#ports.logger.warn('upstream has gone', { upstream: this.name, reason });
    this.#revival.begin();
  }

  /** What is listed is compared again every few minutes, calls or not. */
  #keepVerified(live: Live): void {
    clearInterval(this.#verifyTimer);
    if (!live.gate) return;
    this.#verifyTimer = setInterval(() => {
      if (this.#live === live && live.gate?.needsRound) this.refresh(live).catch(() => undefined);
    }, VERIFY_MS).unref();
  }

  #forget(): void {
    clearInterval(this.#verifyTimer);
    const live = this.#live;
    this.#live = undefined;
    live?.gate?.close();
  }
}
