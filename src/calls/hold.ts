/** @module calls/hold: a call that a rule of the policy holds until a person has said yes to it. */
import { AppError } from '../core/errors.ts';
import type { ApprovalNeed, Decision } from '../contracts/policy.ts';
import type { Target } from '../contracts/target.ts';
import type { Call } from './call.ts';
import type { CallPorts } from './ports.ts';

/**
 * Resolves when the call may run. While a person is asked, the time for an answer runs in place of the call's own; who had to wait is identified anew, because a key may have been revoked meanwhile.
 *
 * @throws AppError PERMISSION_DENIED where nobody can be asked, and as the gate and the identification do
 */
export async function holdForApproval(
  call: Call,
  target: Target,
  { reason, rule }: Decision,
  need: ApprovalNeed,
  { approvals, identity }: Pick<CallPorts, 'approvals' | 'identity'>,
): Promise<void> {
  if (!approvals) throw new AppError('PERMISSION_DENIED', { message: reason, data: { rule } });
  const hasWaited = await approvals.pass({
    context: call,
    target,
    input: call.input,
    need,
    reason,
    restartClock: (timeoutMs) => call.restartClock(timeoutMs),
  });
  call.scope.throwIfCancelled();
  call.restartClock();
  if (!hasWaited) return;
  const { credential, source } = call.admission;
  const { id } = await identity.identify(credential, source);
  if (id !== call.principal.id) throw new AppError('AUTHENTICATION_FAILED');
}
