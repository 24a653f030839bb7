/** @module approvals/bind-call: what a person's yes stands for. */
import { createHash } from 'node:crypto';
import type { HeldCall } from '../contracts/approvals.ts';
import { WireBody } from '../contracts/model.ts';
import { AppError } from '../core/errors.ts';
import { canonicalJson, isObject } from '../core/json.ts';

/**
 * SHA-256 over the canonical JSON of everything that makes the call what it is: who calls (and through which client),
 * from which folder, what it reaches, under which rules on which terms, with exactly which arguments (those that are not
 * shown, and the body for a model, too).
 * Another order of the members is the same call; any other difference is another one.
 *
 * @throws AppError APPROVAL_REFUSED for arguments that have no canonical form
 * @see RFC 8785
 */
export function hashCall({ context, target, input, need }: HeldCall): string {
  const { principal, admission, profile } = context;
  const bound = {
    version: 2,
    principal: principal.id,
    client: principal.clientId,
    folder: admission.workspaceRoot ?? null,
    target: `${target.kind}:${target.name}`,
    upstream: target.upstream ?? null,
    profile: profile ?? null,
    // Terms that were made stricter meanwhile are not those that were asked about.
    need: [need.rules, need.by, need.uses, need.validSeconds],
    input: withBody(input ?? null),
  };
  try {
    return createHash('sha256').update(canonicalJson(bound)).digest('hex');
  } catch (cause) {
    throw new AppError('APPROVAL_REFUSED', { message: 'The arguments have no canonical form (a number is too large): nobody can approve them.', cause });
  }
}

/** A body for a model keeps its bytes to itself: as JSON it would be any body. */
function withBody(input: unknown): unknown {
  if (!isObject(input) || !(input['body'] instanceof WireBody)) return input;
  return { ...input, body: createHash('sha256').update(input['body'].bytes).digest('hex') };
}
