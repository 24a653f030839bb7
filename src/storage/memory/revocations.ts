/** @module storage/memory/revocations: revoked tokens and principals, forgotten with the process. */
import type { Revocation, RevokedTokens } from '../../contracts/tokens.ts';

const MAX_LISTED = 1_000;
const MAX_REASON = 200;

/** @param ensureOpen throws when the store is closed */
export function createMemoryRevocations(ensureOpen: () => void): RevokedTokens {
  const revoked = new Map<string, Revocation>();
  let version = 0;
  return {
    isRevoked: (subjects) => {
      ensureOpen();
      return subjects.some((subject) => revoked.has(subject));
    },
    revoke: async (revocation) => {
      ensureOpen();
      const { subject, expiresAt, reason } = revocation;
      const known = revoked.get(subject);
      const later = known && (known.expiresAt === null || expiresAt === null ? null : Math.max(known.expiresAt, expiresAt));
      revoked.set(
        subject,
        Object.freeze(known ? { ...known, expiresAt: later ?? null } : { ...revocation, reason: reason === null ? null : reason.slice(0, MAX_REASON) }),
      );
      version += 1;
    },
    restore: async (subject) => {
      ensureOpen();
      version += 1;
      return revoked.delete(subject);
    },
    list: (prefix) => {
      ensureOpen();
      const found = [...revoked.values()].filter(({ subject }) => subject.startsWith(prefix));
      return found
        .reverse()
        .sort((a, b) => b.revokedAt - a.revokedAt)
        .slice(0, MAX_LISTED);
    },
    forget: async (nowEpochMs) => {
      ensureOpen();
      for (const { subject, expiresAt } of revoked.values()) if (expiresAt !== null && expiresAt <= nowEpochMs) revoked.delete(subject);
    },
    version: () => {
      ensureOpen();
      return version;
    },
  };
}
