/** @module upstreams/auth/failures: why a token cannot be had. */
import { AppError } from '../../core/errors.ts';

/** Somebody who decides says no. */
export function authFailed(message: string, fix?: string): AppError {
  return new AppError('UPSTREAM_AUTH_FAILED', fix === undefined ? { message } : { message, fix });
}

/** Only a person can go on. @param name of the upstream */
export function loginRequired(name: string, reason: string): AppError {
  return new AppError('UPSTREAM_LOGIN_REQUIRED', {
    message: `The upstream ${name} needs a sign-in: ${reason}`,
    fix: `Run \`switchyard upstreams login ${name}\`.`,
  });
}
