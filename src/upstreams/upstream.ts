/** @module upstreams/upstream: one configured server, as its targets use it: bounded in time and number of calls. */
import type { CallContext } from '../contracts/call.ts';
import type { DefinitionKind } from '../contracts/pins.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { UpstreamCaller, UpstreamConnection, UpstreamListener } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { Scope } from '../core/scope.ts';
import type { UpstreamCatalogue } from './catalogue.ts';
import { isUnsent } from './connection/failures.ts';
import { Instances } from './instances.ts';
import { Link, type UpstreamHears } from './link.ts';
import { Patience } from './patience.ts';
import { Places } from './places.ts';
import type { UpstreamPorts } from './ports.ts';
import { RemoteWork } from './remote-work.ts';

/** What a call is about, where it can be pinned. */
export interface Pinned {
  readonly kind: DefinitionKind;
  readonly name: string;
}

/** Calls in a row without any sign of life, in them or in others, after which the server is started anew. */
const MAX_SILENT = 3;
/** Comparisons that a call waits for, where the lists change again and again. */
const MAX_ROUNDS_AWAITED = 3;
/** Milliseconds to tell a server that nobody wants its task any more. */
const CANCEL_MS = 10_000;
/** Milliseconds between two looks whether the last call of a server that goes has ended. */
const RETIRE_LOOK_MS = 50;

/** What one program of several lists, or says of a resource, is not told to clients: the shared one speaks for all. */
const UNHEARD: UpstreamHears = { onCatalogue: () => undefined, onResourceUpdated: () => undefined };

type Send = (connection: UpstreamConnection, scope: Scope) => Promise<JsonObject>;

/** See UpstreamsConfig for what an operator can set. */
export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly #link: Link;
  readonly #places: Places;
  /** Programs of single projects or callers. */
  readonly #instances: Instances<Upstream> | undefined;
  readonly #now: () => number;
  #silent = 0;
  #livedAt = -Infinity;
  /** Calls that wait for a task of the server. */
  #following = 0;

  constructor(name: string, config: UpstreamConfig, ports: UpstreamPorts, hears: UpstreamHears) {
    this.name = name;
    this.config = config;
    this.#link = new Link(name, config, ports, hears);
    this.#places = new Places(name, config.concurrency);
    this.#instances = instancesOf(name, config, ports);
    this.#now = () => ports.clock.monotonic();
  }

  /** As it was listed last, here or by an earlier gateway of this home, less what is not approved. */
  get catalogue(): UpstreamCatalogue {
    return this.#link.catalogue;
  }

  /** The last lines of its stderr. */
  get stderr(): string {
    return this.#link.stderr;
  }

  /** Calls under way or waiting, everywhere. */
  get load(): number {
    return this.#places.load + this.#following + (this.#instances?.load ?? 0);
  }

  /** Connects where that is wanted, or where nothing is known of it yet. Resolves when that has succeeded or failed. */
  async start(): Promise<void> {
    if (this.config.connect === 'lazy' && this.#link.isKnown) return;
    await this.seek();
  }

  /** Connects now, though nobody calls; again and again where nothing is known of it. Resolves after the first try. */
  seek(): Promise<void> {
    return this.#link.seek();
  }

  /** Connects now, for doctor. @throws AppError UPSTREAM_* */
  async connect(scope: Scope): Promise<UpstreamConnection> {
    return (await this.#link.connect(scope)).connection;
  }

  /** Updates of these resources are wanted, over all connections; connects where there is none. */
  watch(uris: ReadonlySet<string>): void {
    this.#link.watch(uris);
  }

  status(): ComponentStatus {
    const { name } = this;
    const { live, isConnecting, lastFailure } = this.#link;
    if (live) {
      const { serverInfo, protocolVersion } = live.connection.facts;
      return { name, state: 'up', detail: `${serverInfo.name} ${serverInfo.version}, ${protocolVersion}, ${this.catalogue.tools.length} tools${this.#more()}` };
    }
    if (isConnecting) return { name, state: 'off', detail: 'connecting' };
    if (lastFailure?.code === 'UPSTREAM_LOGIN_REQUIRED') return { name, state: 'down', detail: `needs login: run \`switchyard upstreams login ${name}\`` };
    if (lastFailure) return { name, state: 'down', detail: `${lastFailure.code}: ${lastFailure.message}` };
    return { name, state: 'off', detail: 'connects at the next call' };
  }

  #more(): string {
    const count = this.#instances?.size ?? 0;
    return count === 0 ? '' : `, ${count} more for single projects or callers`;
  }

  /**
   * One request on behalf of a call. Progress and questions go to the call; each sign of life starts the time anew.
   * What has certainly not reached the server is sent once more, on a new connection.
   *
   * @throws AppError UPSTREAM_*, OVERLOADED, or the scope's reason
   */
  async call(method: string, params: JsonObject, context: CallContext, pinned?: Pinned): Promise<JsonObject> {
    const instance = this.#instances?.of(context);
    if (!instance) return await this.#call(method, params, context, pinned);
    try {
      return await instance.call(method, params, context, pinned);
    } finally {
      this.#instances?.used(context);
    }
  }

  async #call(method: string, params: JsonObject, context: CallContext, pinned: Pinned | undefined): Promise<JsonObject> {
    await this.#places.take(context.scope);
    const patience = new Patience(this.name, context.scope, this.config.timeoutMs);
    // What an earlier process has begun is not begun again.
    const remote = new RemoteWork(this.name, context, () => this.#leavePlace());
    const listener = { ...listenerOf(context, patience, this.config, () => this.#sawLife()), onTask: (taskId: string) => remote.begun(taskId) };
    const send: Send = (connection, scope) =>
      remote.taskId === undefined ? connection.request(method, params, scope, listener) : connection.follow(remote.taskId, scope, listener);
    try {
      const result = await this.#send(send, patience.scope, pinned).catch(async (failure: unknown) => {
        if (!isUnsent(failure) && !remote.canGoOn(failure)) throw failure;
        return await this.#send(send, patience.scope, pinned);
      });
      this.#sawLife();
      return result;
    } catch (failure) {
      this.#onFailure(failure);
      if (remote.isAbandoned(patience.scope.reason)) void this.#cancelTask(remote.taskId);
      throw failure;
    } finally {
      patience.end();
      if (remote.hasPlace) this.#places.giveBack();
      else this.#following -= 1;
    }
  }

  /** Best effort, whatever became of the connection. */
  async #cancelTask(taskId: string | undefined): Promise<void> {
    using scope = new Scope({ parent: this.#link.life, timeoutMs: CANCEL_MS });
    await this.#send((connection) => connection.request('tasks/cancel', { taskId }, scope), scope, undefined).catch(() => undefined);
  }

  /** Looking after work that the server does as a task keeps no other call from it. */
  #leavePlace(): void {
    this.#following += 1;
    this.#places.giveBack();
  }

  /** Lets calls under way end first; ten times the time of a call at most. */
  async retire(): Promise<void> {
    const until = performance.now() + 10 * this.config.timeoutMs;
    while (this.load > 0 && performance.now() < until && !this.#link.life.reason) {
      await new Promise((resolve) => setTimeout(resolve, RETIRE_LOOK_MS));
    }
    // A call that waited for a person all this time still has the upstream as it was.
    const message = `The configuration of the upstream ${this.name} was changed, or it was removed, while the call waited.`;
    await this.close(new AppError('SHUTTING_DOWN', { message, fix: 'Call again: the call then goes by the configuration in force.' }));
  }

  /** Ends the connection and, over stdio, the process group. @param reason what later calls are told; default: the gateway stops */
  async close(reason?: AppError): Promise<void> {
    await Promise.all([this.#link.close(reason), this.#instances?.close()]);
  }

  async #send(send: Send, scope: Scope, pinned: Pinned | undefined): Promise<JsonObject> {
    const live = this.#link.live ?? (await this.#link.connect(scope));
    if (live.gate && pinned) {
      // A round that had begun before the last change says nothing of it.
      for (let rounds = 0; live.gate.needsRound && rounds < MAX_ROUNDS_AWAITED; rounds += 1) await scope.race(this.#link.refresh(live));
      live.gate.permit(pinned.kind, pinned.name);
    }
    return await send(live.connection, scope);
  }

  #sawLife(): void {
    this.#silent = 0;
    this.#livedAt = this.#now();
  }

  /** A server that works on another call meanwhile is not dead: it would lose that one. */
  #onFailure(failure: unknown): void {
    if (!AppError.is(failure) || failure.code !== 'UPSTREAM_SILENT' || this.#now() - this.#livedAt < this.config.timeoutMs) return;
    this.#silent += 1;
    const { live } = this.#link;
    if (this.#silent < MAX_SILENT || !live) return;
    this.#silent = 0;
    void live.connection.close();
  }
}

/** The folder alone differs: what is listed, remembered and approved is the upstream's own. */
function instancesOf(name: string, config: UpstreamConfig, ports: UpstreamPorts): Instances<Upstream> | undefined {
  if (config.transport !== 'stdio' || config.instances === 'shared' || ports.isRemembering === false) return undefined;
  return new Instances(name, config, {
    workspace: ports.workspace,
    idleMs: ports.instanceIdleMs,
    create: (folder) => new Upstream(name, config, { ...ports, workspace: folder, isRemembering: false }, UNHEARD),
  });
}

/** Its own token goes to the authorization server, to be exchanged; keys of the gateway go nowhere. */
function callerOf({ principal, admission: { credential } }: CallContext, config: UpstreamConfig): UpstreamCaller | undefined {
  if (config.transport === 'stdio' || config.auth.subject !== 'caller') return undefined;
  return { id: principal.id, token: principal.method === 'jwt' && credential.kind === 'bearer' ? credential.token : undefined };
}

function listenerOf(context: CallContext, patience: Patience, config: UpstreamConfig, onLife: () => void): UpstreamListener {
  return {
    caller: callerOf(context, config),
    logLevel: context.logLevel,
    emit(part) {
      onLife();
      patience.renew();
      return context.emit(part);
    },
    async ask(requests) {
      onLife();
      patience.hold();
      try {
        // As a task the call goes on from here; else it would start again with the answers.
        await context.task?.begin();
        return await context.ask(requests);
      } finally {
        patience.renew();
      }
    },
  };
}
