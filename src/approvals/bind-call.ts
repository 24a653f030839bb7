/** @module approvals/bind-call: what a person's yes stands for. */
import { createHash } from 'node:crypto';
import type { HeldCall } from '../contracts/approvals.ts';
import { AppError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';

/**
 * SHA-256 over the canonical JSON of everything that makes the call what it is: who calls (and through which client),
 * from which folder, what it reaches, under which rules, with exactly which arguments (those that are not shown too).
 * Another order of the members is the same call; any other difference is another one.
 *
 * @throws AppError APPROVAL_REFUSED for arguments that have no canonical form
 * @see RFC 8785
 */
export function hashCall({ context, target, input, need }: HeldCall): string {
  const { principal, admission, profile } = context;
  const bound = {
    version: 1,
    principal: principal.id,
    client: principal.clientId,
    folder: admission.workspaceRoot ?? null,
    target: `${target.kind}:${target.name}`,
    upstream: target.upstream ?? null,
    profile: profile ?? null,
    rules: need.rules,
    input: input ?? null,
  };
  try {
    return createHash('sha256').update(canonicalJson(bound)).digest('hex');
  } catch (cause) {
    throw new AppError('APPROVAL_REFUSED', { message: 'The arguments have no canonical form (a number is too large): nobody can approve them.', cause });
  }
}
