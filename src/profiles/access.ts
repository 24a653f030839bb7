/** @module profiles/access: who may use a profile. */
import type { Principal } from '../contracts/principal.ts';
import type { ProfileAccess } from '../contracts/profiles-config.ts';
import type { ProfilePorts } from '../contracts/profiles.ts';
import { AppError } from '../core/errors.ts';
import { compileNames } from '../core/name-pattern.ts';

/**
 * Every condition that is written must be met.
 *
 * @param missingScopesOf as ProfilePorts.missingScopes
 * @throws AppError SCOPE_MISSING with data {missingScopes}, PERMISSION_DENIED with data {rule}
 */
export function requireAccess(profile: string, access: ProfileAccess, principal: Principal, missingScopesOf: ProfilePorts['missingScopes']): void {
  const { roles, principals } = access;
  const isRoleMet = roles === null || roles.some((role) => principal.roles.includes(role));
  const isPrincipalMet = principals === null || compileNames(principals)(principal.id);
  if (!isRoleMet || !isPrincipalMet) {
    throw new AppError('PERMISSION_DENIED', {
      message: `The profile ${profile} is for others: ${isRoleMet ? 'the principal is none that it names' : `it needs one of the roles ${roles.join(', ')}`}.`,
      fix: 'An operator decides: profiles.<name>.access of the configuration says who may use it.',
      data: { rule: `profile:${profile}` },
    });
  }
  const missingScopes = missingScopesOf(principal, access.scopes);
  if (missingScopes.length > 0) {
    throw new AppError('SCOPE_MISSING', { message: `The profile ${profile} needs ${missingScopes.join(' ')}.`, data: { missingScopes } });
  }
}
