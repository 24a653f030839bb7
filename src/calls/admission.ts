/** @module calls/admission: the first two steps of the road: limit the source, identify the caller. */
import { AppError, describeError, toAppError, type ErrorCode } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import { networkOf } from '../core/source-address.ts';
import type { AuditEvent, AuditEventName } from '../contracts/audit.ts';
import type { Admission, Arrival } from '../contracts/call.ts';
import type { Principal } from '../contracts/principal.ts';
import type { CallPorts } from './ports.ts';
import { requireProfile } from './require-profile.ts';
import { arrivalRecord } from './records.ts';

/** How long one kind of arrival stays mentioned: a flood must not fill the audit log with copies. */
const MENTION_MS = 60_000;
const MENTIONS_MAX = 10_000;

const EVENT_OF_CODE: Readonly<Partial<Record<ErrorCode, AuditEventName>>> = {
  RATE_LIMITED: 'rate_limited',
  AUTHENTICATION_BLOCKED: 'auth_blocked',
  PROFILE_UNKNOWN: 'permission_denied',
  SCOPE_MISSING: 'permission_denied',
  PERMISSION_DENIED: 'permission_denied',
};

type AdmissionPorts = Pick<CallPorts, 'clock' | 'identity' | 'limits' | 'audit' | 'logger' | 'enter'>;

/** What was wrong with the credential: for the trail alone. */
function reasonOf({ cause }: AppError): Pick<AuditEvent, 'detail'> {
  return typeof cause === 'string' ? { detail: { reason: cause } } : {};
}

/**
 * Lets arrivals in. Refusals and first sights are recorded; repeated ones once a minute. Failed
 * credentials are recorded every time: they are evidence, and the block after ten bounds them.
 */
export function createAdmission({ clock, identity, limits, audit, logger, enter }: AdmissionPorts): (arrival: Arrival) => MaybePromise<Admission> {
  const mentionedAt = new Map<string, number>();

  const isNews = (key: string): boolean => {
    const now = clock.now();
    const last = mentionedAt.get(key);
    // A clock that was set back must not keep silent about everybody until it is where it was.
    if (last !== undefined && Math.abs(now - last) < MENTION_MS) return false;
    mentionedAt.delete(key);
    mentionedAt.set(key, now);
    if (mentionedAt.size > MENTIONS_MAX) mentionedAt.delete(mentionedAt.keys().next().value ?? '');
    return true;
  };

  const record = async (event: AuditEvent): Promise<void> => {
    await audit.append(event);
  };

  const refuse = async (arrival: Arrival, cause: unknown, principal?: Principal): Promise<never> => {
    const error = toAppError(cause);
    const isFailedCredential = error.code === 'AUTHENTICATION_FAILED';
    // Names of profiles that are not there are the client's invention: they make no news of their own.
    const profile = error.code === 'PROFILE_UNKNOWN' ? '' : (arrival.profile ?? '');
    // By what the limit counts: whoever owns a network has more addresses than the log has room.
    if (isFailedCredential || isNews(`${error.code} ${networkOf(arrival.source)} ${principal?.id ?? ''} ${profile}`)) {
      const event = EVENT_OF_CODE[error.code] ?? 'auth_failed';
      // The arrival is refused either way; a full disk must not hide why.
      await record(arrivalRecord(event, arrival, clock.now(), { principal: principal?.id, decision: 'deny', outcome: error.code, ...reasonOf(error) })).catch(
        (failure: unknown) => logger.error('refusal not recorded', { code: error.code, cause: describeError(failure) }),
      );
    }
    throw error;
  };

  const welcome = (arrival: Arrival, principal: Principal): MaybePromise<Admission> => {
    const { door, source } = arrival;
    if (principal.expiresAt !== null && principal.expiresAt <= clock.now()) {
      return refuse(arrival, new AppError('AUTHENTICATION_FAILED'));
    }
    try {
      requireProfile(principal, arrival.profile);
      if (arrival.profile !== undefined) {
        if (!enter) throw new AppError('PROFILE_UNKNOWN');
        enter(arrival.profile, principal);
      }
    } catch (cause) {
      return refuse(arrival, cause, principal);
    }
    const admission: Admission = { ...arrival, principal };
    if (!isNews(`${principal.id} ${source} ${door}`)) return admission;
    return record(
      arrivalRecord('auth_succeeded', arrival, clock.now(), { principal: principal.id, method: principal.method, decision: 'allow', outcome: 'ok' }),
    ).then(() => admission);
  };

  return (arrival) => {
    try {
      limits.source(arrival.source);
      const principal = identity.identify(arrival.credential, arrival.source);
      if (!(principal instanceof Promise)) return welcome(arrival, principal);
      return principal.then(
        (known) => welcome(arrival, known),
        (cause: unknown) => refuse(arrival, cause),
      );
    } catch (cause) {
      return refuse(arrival, cause);
    }
  };
}
