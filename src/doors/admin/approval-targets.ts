/** @module doors/admin/approval-targets: what waits for a person's yes, for the console and the admin API. */
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { Approvals, DecidedApproval, DecisionTerms } from '../../contracts/approvals.ts';
import type { Target } from '../../contracts/target.ts';

const TIMEOUT_MS = 10_000;
const MAX_IDS = 1000;

/** Where the targets look; loaded at their first use. */
export interface ApprovalPorts {
  readonly approvals: () => Promise<Approvals>;
  /** Records what a decision was about; the call itself is recorded by the road. @throws AppError AUDIT_UNAVAILABLE */
  readonly record: (decision: 'approve' | 'reject', ids: readonly string[], decided: readonly DecidedApproval[] | undefined) => Promise<void>;
}

/**
 * Targets of kind `admin`: `approvals` (ApprovalQueue) and `decide-approvals` (input {decision: approve|reject, ids, uses?,
 * validSeconds?}; {decision, decided}).  Ids stand for exactly the definitions and calls that were shown.
 *
 * @param onLook told before a list or a decision is answered: what was remembered of the queue is older than that
 */
export function createApprovalTargets({ approvals, record }: ApprovalPorts, onLook: () => void): readonly Target[] {
  return [
    {
      kind: 'admin',
      name: 'approvals',
      access: { scopes: ['admin:logs'] },
      traits: { isReadOnly: true, timeoutMs: TIMEOUT_MS, takesSlot: true, priority: 5 },
      run: async () => {
        onLook();
        return { type: 'result', value: (await approvals()).list() };
      },
    },
    {
      kind: 'admin',
      name: 'decide-approvals',
      access: { scopes: ['admin:full'] },
      traits: { isReadOnly: false, timeoutMs: TIMEOUT_MS, takesSlot: true, priority: 5 },
      run: async (input, { principal }) => {
        const { decision, ids, uses, validSeconds } = toDecision(input);
        await record(decision, ids, undefined);
        const decided = await (await approvals()).decide(decision, ids, { by: principal.id, uses, validSeconds });
        onLook();
        await record(decision, ids, decided);
        return { type: 'result', value: { decision, decided } };
      },
    },
  ];
}

/** @throws AppError INVALID_PARAMS */
function toDecision(input: unknown): Omit<DecisionTerms, 'by'> & { readonly decision: 'approve' | 'reject'; readonly ids: readonly string[] } {
  const { decision, ids, uses, validSeconds } = isObject(input) ? input : {};
  if (decision !== 'approve' && decision !== 'reject') throw new AppError('INVALID_PARAMS', { message: 'decision: approve or reject.' });
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MAX_IDS || !ids.every((id) => typeof id === 'string'))
    throw new AppError('INVALID_PARAMS', { message: `ids: 1 to ${MAX_IDS} texts.` });
  return { decision, ids, uses: toCount('uses', uses), validSeconds: toCount('validSeconds', validSeconds) };
}

/** @throws AppError INVALID_PARAMS */
function toCount(name: string, value: unknown): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  throw new AppError('INVALID_PARAMS', { message: `${name}: a whole number.` });
}
