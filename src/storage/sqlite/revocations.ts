/** @module storage/sqlite/revocations: revoked tokens and principals in the database. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Revocation, RevokedTokens } from '../../contracts/tokens.ts';
import { AppError } from '../../core/errors.ts';
import type { Statement, StatementResult } from './writer.ts';

const MAX_LISTED = 1_000;
const MAX_REASON = 200;

/** Prepared reads of one connection. */
interface RevocationReads {
  readonly has: (subject: string) => boolean;
  readonly list: (prefix: string) => readonly Revocation[];
}

/** What the table is reached through. */
export interface RevocationPorts {
  /** Runs a query on the reading connection. @throws AppError STORAGE_* */
  read<T>(query: (reads: RevocationReads) => T): T;
  /** Runs one transaction. @throws AppError STORAGE_* */
  write(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  readonly version: () => number;
}

/** Revocations on these connections. */
export function createSqliteRevocations({ read, write, version }: RevocationPorts): RevokedTokens {
  return {
    isRevoked: (subjects) => read(({ has }) => subjects.some(has)),
    revoke: async ({ subject, revokedAt, expiresAt, reason }) => {
      await write([
        {
          sql: `INSERT INTO revocations (subject, revoked_at, expires_at, reason) VALUES (?, ?, ?, ?)
            ON CONFLICT (subject) DO UPDATE SET expires_at = CASE WHEN expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
            ELSE max(expires_at, excluded.expires_at) END`,
          parameters: [subject, revokedAt, expiresAt, reason === null ? null : reason.slice(0, MAX_REASON)],
        },
      ]);
    },
    restore: async (subject) => (await write([{ sql: 'DELETE FROM revocations WHERE subject = ?', parameters: [subject] }]))[0]?.changes === 1,
    list: (prefix) => read(({ list }) => list(prefix)),
    forget: async (nowEpochMs) => {
      await write([{ sql: 'DELETE FROM revocations WHERE expires_at <= ?', parameters: [nowEpochMs] }]);
    },
    version,
  };
}

/** Prepares the reads. */
export function prepareRevocationReads(database: DatabaseSync): RevocationReads {
  const one: StatementSync = database.prepare('SELECT 1 FROM revocations WHERE subject = ?');
  const some: StatementSync = database.prepare(
    `SELECT subject, revoked_at, expires_at, reason FROM revocations WHERE substr(subject, 1, length(?)) = ? ORDER BY revoked_at DESC, rowid DESC LIMIT ${MAX_LISTED}`,
  );
  return {
    has: (subject) => one.get(subject) !== undefined,
    list: (prefix) => some.all(prefix, prefix).map(toRevocation),
  };
}

function toRevocation({ subject, revoked_at: revokedAt, expires_at: expiresAt, reason }: Record<string, unknown>): Revocation {
  if (typeof subject !== 'string' || typeof revokedAt !== 'number') {
    throw new AppError('STORAGE_CORRUPT', { message: 'A revocation in the state database is damaged.' });
  }
  return { subject, revokedAt, expiresAt: typeof expiresAt === 'number' ? expiresAt : null, reason: typeof reason === 'string' ? reason : null };
}
