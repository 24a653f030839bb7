/** @module calls/readmit: running calls whose credential is not good any more. */
import type { Admission } from '../contracts/call.ts';
import type { Identity } from '../contracts/principal.ts';
import { AppError } from '../core/errors.ts';
import type { Call } from './call.ts';

/** Cancels them. What cannot be told now is left alone, and the answer is false. One look serves all calls of one arrival. */
export async function cancelRevoked(calls: readonly Call[], identity: Pick<Identity, 'isCurrent'>): Promise<boolean> {
  const looks = new Map<Admission, Promise<boolean>>();
  let isComplete = true;
  const look = async ({ principal, credential }: Admission): Promise<boolean> => await identity.isCurrent(principal, credential);
  const leave = (): boolean => {
    isComplete = false;
    return true;
  };
  for (const call of calls) {
    const { admission } = call.request;
    const looking = looks.get(admission) ?? look(admission).catch(leave);
    looks.set(admission, looking);
    if (!(await looking)) call.scope.cancel(new AppError('AUTHENTICATION_FAILED', { message: 'The credential was revoked during the call.' }));
  }
  return isComplete;
}
