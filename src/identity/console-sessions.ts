/** @module identity/console-sessions: one-time links and browser sessions, in memory. */
import { hash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { randomHex } from '../core/ids.ts';
import type { ConsoleSessions } from '../contracts/http.ts';
import type { Principal } from '../contracts/principal.ts';

const LINK_MS = 10 * 60_000;
const SESSION_MS = 12 * 3_600_000;
const MAX_LINKS = 100;
const MAX_SESSIONS = 1_000;
const TOKEN_BYTES = 32;
const TOKEN_SHAPE = /^[0-9a-f]{64}$/;

/** Sessions that answer at once. */
export interface MemoryConsoleSessions extends ConsoleSessions {
  redeem(token: string): string | undefined;
}

/**
 * Links serve once within ten minutes, sessions twelve hours from their link; both end with the
 * process. The oldest give way when too many are open. Only hashes are kept, so that finding one
 * takes no longer for a token that is nearly right.
 */
export function createConsoleSessions(clock: Pick<Clock, 'monotonic'>): MemoryConsoleSessions {
  const links = createTokens(clock, MAX_LINKS, LINK_MS);
  const sessions = createTokens(clock, MAX_SESSIONS, SESSION_MS);
  return {
    createLink: (principal) => links.issue(principal),
    redeem: (token) => {
      const principal = links.find(token);
      links.revoke(token);
      return principal && sessions.issue(principal);
    },
    principalOf: (cookie) => sessions.find(cookie),
  };
}

interface Tokens {
  issue(principal: Principal): string;
  find(token: string): Principal | undefined;
  revoke(token: string): void;
}

function createTokens(clock: Pick<Clock, 'monotonic'>, maxTokens: number, ttlMs: number): Tokens {
  // All live equally long, so the order of insertion is the order of expiry.
  const holders = new Map<string, { readonly principal: Principal; readonly expiresAt: number }>();
  const digest = (token: string): string => hash('sha256', token);
  return {
    issue: (principal) => {
      const token = randomHex(TOKEN_BYTES);
      const [oldest] = holders.keys();
      if (holders.size >= maxTokens && oldest !== undefined) holders.delete(oldest);
      holders.set(digest(token), { principal, expiresAt: clock.monotonic() + ttlMs });
      return token;
    },
    find: (token) => {
      const holder = TOKEN_SHAPE.test(token) ? holders.get(digest(token)) : undefined;
      return holder && holder.expiresAt > clock.monotonic() ? holder.principal : undefined;
    },
    revoke: (token) => {
      holders.delete(digest(token));
    },
  };
}
