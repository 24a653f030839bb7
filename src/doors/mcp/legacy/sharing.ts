/** @module doors/mcp/legacy/sharing: sessions that other nodes can carry on. Made only where nodes share them. */
import type { SessionNotice, SharedSession, SharedSessions } from '../../../contracts/shared-sessions.ts';
import type { Logger } from '../../../contracts/telemetry.ts';
import { toAppError, type AppError } from '../../../core/errors.ts';
import type { McpCore, SessionLimits } from '../core.ts';
import { isResponse, readMessage, type RpcMessage } from '../message.ts';
import { HTTP_LEGACY_REVISIONS, revisionIn } from '../revisions.ts';
import { RemoteStreams } from './remote-stream.ts';
import { HOLDER_SPAN, type Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/** How often sessions in use are extended. */
const EXTEND_MS = 30_000;
/** Requests after which a session is another one than before. */
const CHANGING: ReadonlySet<string> = new Set(['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

/** What it works on. */
export interface SharingPorts {
  readonly shared: SharedSessions;
  readonly sessions: Sessions;
  readonly limits: SessionLimits;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

/**
 * A session that began on one node is known on all: requests, answers to the server's questions, cancellations and the rest of broken
 * streams go on anywhere. What a node cannot leave behind or hear stays what it would be without others: its own.
 */
export class SessionSharing {
  readonly #shared: SharedSessions;
  readonly #sessions: Sessions;
  readonly #limits: SessionLimits;
  readonly #logger: SharingPorts['logger'];
  readonly #remote: RemoteStreams;
  readonly #timer: NodeJS.Timeout;
  readonly #cores = new WeakMap<Session, McpCore>();
  #extendedAt = performance.now();
  #fault: AppError | undefined;

  constructor({ shared, sessions, limits, logger }: SharingPorts) {
    this.#shared = shared;
    this.#sessions = sessions;
    this.#limits = limits;
    this.#logger = logger;
    this.#remote = new RemoteStreams(shared);
    this.#timer = setInterval(() => this.#extend(), Math.min(EXTEND_MS, limits.ttlMs / 4)).unref();
    void this.#try(shared.listen((notice) => this.#hear(notice)));
  }

  /** Streams that other nodes fill. */
  get remote(): RemoteStreams {
    return this.#remote;
  }

  /** Makes the session of that id known here, if there is one and it is this caller's. @throws AppError STORAGE_UNAVAILABLE: it may be there */
  async arrive(id: string, principalId: string, core: McpCore): Promise<void> {
    if (this.#sessions.has(id)) return;
    const found = await this.#shared.join(id);
    this.#regain();
    const revision = found && revisionIn(HTTP_LEGACY_REVISIONS, found.session.revision);
    // Whoever does not own it learns nothing: the look-up that follows says that there is none.
    if (!found || !revision || found.session.principalId !== principalId || (found.session.profile ?? undefined) !== core.profile) return;
    const { session, holder } = found;
    const { capabilities, clientInfo } = session;
    const info = { name: textOrNull(clientInfo['name']), version: textOrNull(clientInfo['version']) };
    const adopted = this.#sessions.adopt({ id, contextId: session.contextId, principalId, profile: core.profile, holder }, core, {
      revision,
      capabilities,
      clientInfo: info,
    });
    applyState(adopted, session, core);
    this.#follow(adopted, core);
  }

  /** A session began here. Resolves when others can know it, or when that failed. */
  async began(session: Session, core: McpCore): Promise<void> {
    this.#follow(session, core);
    await this.#try(this.#shared.save(toShared(session), this.#limits.ttlMs));
  }

  /** A request of the session was worked off here. */
  async worked(session: Session, method: string): Promise<void> {
    if (CHANGING.has(method)) await this.#changed(session);
  }

  /** A message that wants no answer came in here and was taken by the session. */
  took(session: Session, message: RpcMessage): void {
    if (isResponse(message)) {
      const holder = typeof message.id === 'number' ? Math.floor(message.id / HOLDER_SPAN) : session.holder;
      if (holder !== session.holder) this.#tell({ type: 'message', id: session.id, message: { ...message } });
    } else if (message.method === 'notifications/cancelled') this.#tell({ type: 'message', id: session.id, message: { ...message } });
    else if (message.method === 'notifications/initialized') void this.#changed(session);
  }

  /** The client has ended the session. */
  async ended(session: Session): Promise<void> {
    await this.#try(this.#shared.delete(session.id));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#remote.close();
    this.#shared.close();
  }

  #follow(session: Session, core: McpCore): void {
    this.#cores.set(session, core);
    const bounds = { maxEvents: this.#limits.maxEvents, maxEventChars: this.#limits.maxEventChars, ttlMs: this.#limits.ttlMs };
    // One after the other: an event must not overtake the one before it.
    let last: Promise<unknown> = Promise.resolve();
    session.onEvent = (event) => {
      if (event.text !== null && event.text.length > bounds.maxEventChars) return;
      last = last.then(() => this.#try(this.#shared.keep(session.id, event, bounds)));
    };
  }

  async #changed(session: Session): Promise<void> {
    const state = toShared(session);
    await this.#try(this.#shared.save(state, this.#limits.ttlMs));
    this.#tell({ type: 'state', id: session.id, session: state });
  }

  #tell(notice: SessionNotice): void {
    void this.#try(this.#shared.tell(notice));
  }

  #hear(notice: SessionNotice): void {
    if (notice.type === 'events') this.#remote.hear(notice.id, notice.stream);
    const session = this.#sessions.peek(notice.id);
    if (!session) return;
    if (notice.type === 'ended') this.#sessions.end(session);
    else if (notice.type === 'state') applyState(session, notice.session, this.#cores.get(session));
    else if (notice.type === 'message') session.take(readMessage(notice.message), (requestId) => session.inFlight.cancel(requestId));
  }

  #extend(): void {
    const since = this.#extendedAt;
    this.#extendedAt = performance.now();
    for (const session of this.#sessions.all()) {
      if (session.isBusy || session.usedAt >= since) void this.#try(this.#shared.extend(session.id, this.#limits.ttlMs));
    }
  }

  /** Never rejects: what cannot be shared is this node's own. */
  async #try(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#regain();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!this.#fault) this.#logger.warn('sessions are not shared', { code: error.code, problem: error.message });
      this.#fault = error;
    }
  }

  #regain(): void {
    if (this.#fault) this.#logger.info('sessions are shared again', {});
    this.#fault = undefined;
  }
}

function toShared(session: Session): SharedSession {
  const { id, contextId, principalId, profile, revision, capabilities, clientInfo, watched, logRank, isReady } = session;
  const { name, version } = clientInfo;
  return {
    id,
    contextId,
    principalId,
    profile: profile ?? null,
    revision,
    capabilities,
    clientInfo: { name, version },
    watched: [...watched.keys()],
    logRank,
    isReady,
  };
}

/** What is watched on one node is watched on every node that holds the session: each hears of its own changes. */
function applyState(session: Session, { watched, logRank, isReady }: SharedSession, core: McpCore | undefined): void {
  for (const [uri, end] of session.watched) {
    if (watched.includes(uri)) continue;
    end();
    session.watched.delete(uri);
  }
  for (const uri of watched) {
    if (!session.watched.has(uri)) session.watched.set(uri, core?.ports.catalog.watch?.(uri, core.profile) ?? (() => undefined));
  }
  session.logRank = logRank;
  session.isReady = isReady;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
