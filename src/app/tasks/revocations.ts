/** @module app/tasks/revocations: principals and tokens that are accepted no more. */
import type { Revocation } from '../../contracts/tokens.ts';
import { revokedPrincipal, revokedToken } from '../../contracts/tokens.ts';
import { AppError } from '../../core/errors.ts';
import { recordedAfter, recordedFirst, withFoundation, type TaskPlace } from './task.ts';

const TARGET = 'admin:revocations';
/** Principals that have no record of their own here; keys have `keys revoke`. */
const PRINCIPAL = /^(?:jwt|mtls):[^\p{Cc}\p{Cs}]{1,600}$/u;
const MAX_NAME = 255;

/** What is revoked: everything of a principal, or one token of an issuer. */
export type Revoked = { readonly principal: string } | { readonly issuer: string; readonly jti: string };

/**
 * Revokes it in every process of the home, within 250 ms. Not tried: whether there is such a principal or token.
 *
 * @returns what kept the change from being recorded, if anything
 * @throws AppError INVALID_PARAMS, CONFIG_*, STORAGE_*
 */
export async function revoke(place: TaskPlace, what: Revoked, reason: string): Promise<AppError | undefined> {
  const subject = subjectOf(what);
  await withFoundation(place, async ({ store, clock }) => {
    await store.revocations.revoke({ subject, revokedAt: clock.now(), expiresAt: null, reason: reason === '' ? null : reason });
  });
  return await recordedAfter(place, { event: 'client_revoked', target: TARGET, detail: { subject } });
}

/** Takes it back; recorded first. @throws AppError INVALID_PARAMS when it is not revoked, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function restore(place: TaskPlace, subject: string): Promise<void> {
  await withFoundation(place, (foundation) =>
    recordedFirst(foundation, { event: 'client_restored', target: TARGET, detail: { subject } }, async () => {
      if (await foundation.store.revocations.restore(subject)) return;
      throw new AppError('INVALID_PARAMS', { message: `Nothing is revoked under ${subject.slice(0, 200)}.`, fix: '`switchyard revoke --list` shows what is.' });
    }),
  );
}

/** What is revoked, newest first. @throws AppError CONFIG_*, STORAGE_* */
export async function listRevoked(place: TaskPlace): Promise<readonly Revocation[]> {
  return await withFoundation(place, async ({ store }) => await store.revocations.list(''));
}

function subjectOf(what: Revoked): string {
  if ('principal' in what) {
    if (!PRINCIPAL.test(what.principal))
      throw new AppError('INVALID_PARAMS', {
        message: 'A principal such as jwt:https://login.example.org#alice or mtls:spiffe://example.org/agent.',
        fix: 'Keys are revoked with `switchyard keys revoke`.',
      });
    return revokedPrincipal(what.principal);
  }
  if (what.jti === '' || what.jti.length > MAX_NAME) throw new AppError('INVALID_PARAMS', { message: `The id of a token has 1 to ${MAX_NAME} characters.` });
  return revokedToken(what.issuer, what.jti);
}
