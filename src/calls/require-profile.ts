/** @module calls/require-profile: credentials that may be used through certain profiles alone. */
import type { Principal } from '../contracts/principal.ts';
import { AppError } from '../core/errors.ts';

/** @param profile that the caller came through; undefined = none @throws AppError PERMISSION_DENIED with data {rule, profiles} */
export function requireProfile({ profiles }: Pick<Principal, 'profiles'>, profile: string | undefined): void {
  if (profiles === null || profiles === undefined || (profile !== undefined && profiles.includes(profile))) return;
  throw new AppError('PERMISSION_DENIED', {
    message: `This credential is for the ${profiles.length === 1 ? 'profile' : 'profiles'} ${profiles.join(', ')} alone.`,
    fix: `Connect to ${profiles.map((name) => `/mcp/${name}`).join(' or ')}, or use another key.`,
    data: { rule: 'key-profiles', profiles: [...profiles] },
  });
}
