/** @module storage/postgres/revocations: revoked tokens and principals, for all nodes. */
import type { Revocation, RevokedTokens } from '../../contracts/tokens.ts';
import { AppError } from '../../core/errors.ts';
import type { PostgresPorts } from './changes.ts';
import type { Row } from './database.ts';
import { fromStored, toStored } from './text.ts';

const MAX_LISTED = 1_000;
const MAX_REASON = 200;

const REVOKE = `INSERT INTO revocations (subject, revoked_at, expires_at, reason) VALUES ($1, $2, $3, $4)
  ON CONFLICT (subject) DO UPDATE SET expires_at = CASE WHEN revocations.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
    ELSE greatest(revocations.expires_at, excluded.expires_at) END`;

/** The RevokedTokens port. Other nodes notice within a second; while the server cannot be asked, nothing is taken for not revoked. */
export function createPostgresRevocations({ database, lookout, change, ensureOpen }: PostgresPorts): RevokedTokens {
  return {
    isRevoked: async (subjects) => (await database.query('SELECT 1 FROM revocations WHERE subject = ANY ($1) LIMIT 1', [subjects.map(toStored)])).length > 0,
    revoke: async ({ subject, revokedAt, expiresAt, reason }) => {
      const parameters = [toStored(subject), revokedAt, expiresAt, reason === null ? null : toStored(reason.slice(0, MAX_REASON))];
      await change('revocations', async (run) => {
        await run(REVOKE, parameters);
        return true;
      });
    },
    restore: (subject) =>
      change('revocations', async (run) => (await run('DELETE FROM revocations WHERE subject = $1 RETURNING 1', [toStored(subject)])).length === 1),
    list: async (prefix) =>
      (
        await database.query(`SELECT * FROM revocations WHERE starts_with(subject, $1) ORDER BY revoked_at DESC, place DESC LIMIT ${MAX_LISTED}`, [
          toStored(prefix),
        ])
      ).map(toRevocation),
    forget: async (nowEpochMs) => {
      await database.query('DELETE FROM revocations WHERE expires_at <= $1', [nowEpochMs]);
    },
    version: () => {
      ensureOpen();
      return lookout.version('revocations');
    },
  };
}

function toRevocation({ subject, revoked_at: revokedAt, expires_at: expiresAt, reason }: Row): Revocation {
  if (typeof subject !== 'string' || typeof revokedAt !== 'number') {
    throw new AppError('STORAGE_CORRUPT', { message: 'A revocation in the state database is damaged.' });
  }
  return {
    subject: fromStored(subject),
    revokedAt,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
    reason: typeof reason === 'string' ? fromStored(reason) : null,
  };
}
