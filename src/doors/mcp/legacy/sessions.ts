/** @module doors/mcp/legacy/sessions: the bounded leg on which legacy clients are remembered. */
import type { ClientDirectory } from '../../../contracts/principal.ts';
import { AppError } from '../../../core/errors.ts';
import { randomHex } from '../../../core/ids.ts';
import type { McpCore, SessionLimits } from '../core.ts';
import type { Pulse, Ticking } from '../pulse.ts';
import type { Handshake } from './handshake.ts';
import { Session, type SessionIdentity } from './session.ts';

const ID_BYTES = 16;
const CONTEXT_BYTES = 6;

/** Every open session, least recently used first. */
export class Sessions implements Ticking {
  place = -1;
  readonly #limits: SessionLimits;
  readonly #clients: ClientDirectory;
  readonly #pulse: Pulse;
  readonly #sessions = new Map<string, Session>();
  readonly #counts = new Map<string, number>();

  constructor(limits: SessionLimits, clients: ClientDirectory, pulse: Pulse) {
    this.#limits = limits;
    this.#clients = clients;
    this.#pulse = pulse;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * A new session of the principal with one virtual server. Beyond its own limit its least recently used one ends; beyond the
   * common limit the least recently used one of anybody that waits for nothing.
   *
   * @throws AppError SESSION_LIMIT when all of them wait for something
   */
  create(principalId: string, core: Pick<McpCore, 'profile' | 'changes'>, handshake: Handshake): Session {
    const identity = { id: randomHex(ID_BYTES), contextId: `session:${randomHex(CONTEXT_BYTES)}`, principalId, profile: core.profile };
    return this.adopt(identity, core, handshake);
  }

  /** The same for a session that began on another node. @throws AppError SESSION_LIMIT */
  adopt(identity: SessionIdentity, { changes }: Pick<McpCore, 'changes'>, handshake: Handshake): Session {
    const known = this.#sessions.get(identity.id);
    if (known) return known;
    const { principalId } = identity;
    if ((this.#counts.get(principalId) ?? 0) >= this.#limits.maxPerPrincipal) this.#evict((session) => session.principalId === principalId);
    else if (this.#sessions.size >= this.#limits.max) this.#evict((session) => !session.isBusy);
    if (this.#sessions.size >= this.#limits.max) throw new AppError('SESSION_LIMIT');
    const session = new Session(identity, handshake, this.#limits);
    session.listen(changes);
    this.#sessions.set(session.id, session);
    this.#counts.set(principalId, (this.#counts.get(principalId) ?? 0) + 1);
    this.#pulse.add(this);
    return session;
  }

  /**
   * The principal's session, which counts as used now.
   *
   * @throws AppError SESSION_UNKNOWN, the same whether it never existed, has ended, is somebody else's, or was made with another virtual server
   */
  get(id: string, principalId: string, profile: string | undefined): Session {
    const session = this.#sessions.get(id);
    if (session?.principalId !== principalId || session.profile !== profile) throw new AppError('SESSION_UNKNOWN');
    session.usedAt = performance.now();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Whether it is known here, whosever it is. */
  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** The session, whosever it is: for other nodes, not for callers. Does not count as used. */
  peek(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** All that are known here. */
  all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** Ends a session and all that belongs to it. */
  end(session: Session): void {
    if (!this.#sessions.delete(session.id)) return;
    const left = (this.#counts.get(session.principalId) ?? 1) - 1;
    if (left > 0) this.#counts.set(session.principalId, left);
    else this.#counts.delete(session.principalId);
    this.#clients.forget(session.contextId);
    session.close();
    if (this.#sessions.size === 0) this.#pulse.delete(this);
  }

  /** Ends what nobody has used for too long. */
  tick(now: number): void {
    for (const session of this.#sessions.values()) {
      if (session.isBusy) session.usedAt = now;
      else if (now - session.usedAt > this.#limits.ttlMs) this.end(session);
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  #evict(isCandidate: (session: Session) => boolean): void {
    for (const session of this.#sessions.values()) {
      if (!isCandidate(session)) continue;
      this.end(session);
      return;
    }
  }
}
