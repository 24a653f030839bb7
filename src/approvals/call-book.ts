/** @module approvals/call-book: calls that wait for a person, and the yes or no they got. Shared by every process of the home, and there after a restart. */
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
import type { DecisionTerms, KeptCall } from '../contracts/approvals.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { withFileLock } from '../core/file-lock.ts';
import { fingerprintOf, readCalls, writeCalls } from './call-file.ts';

/** What is kept about a call that begins to wait. */
export type CallRequest = Omit<KeptCall, 'state' | 'expiresAt' | 'usesLeft' | 'decidedBy'>;

/** Where the book lies, and its bounds. */
export interface CallBookOptions {
  /** Absolute. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Asked at each use. */
  readonly settings: () => ApprovalsConfig;
}

/** The book. Reads see what other processes wrote at once; writes hold a lock. */
export interface CallBook {
  /** What has not expired, oldest first. @throws AppError STORAGE_* */
  list(): readonly KeptCall[];
  /** The entry of exactly this call. @throws AppError STORAGE_* */
  find(hash: string): KeptCall | undefined;
  /**
   * Puts the call among those that wait. One that is kept already stays as it is, and is returned.
   *
   * @throws AppError APPROVALS_FULL, STORAGE_*
   */
  request(request: CallRequest): Promise<KeptCall>;
  /** Takes one use of an approval of exactly this call; undefined when there is none. Of several at once, each use is taken by one. @throws AppError STORAGE_* */
  use(hash: string): Promise<KeptCall | undefined>;
  /** A yes of the person at the client, its first use taken; undefined when the request is decided, expired, or not theirs to decide. @throws AppError STORAGE_* */
  acceptByCaller(id: string): Promise<KeptCall | undefined>;
  /** Forgets a request that still waits. @throws AppError STORAGE_* */
  withdraw(id: string): Promise<void>;
  /** A decision of an operator: all or nothing. @throws AppError APPROVAL_UNKNOWN, PERMISSION_DENIED, INVALID_PARAMS, STORAGE_* */
  decide(decision: 'approve' | 'reject', ids: readonly string[], terms: DecisionTerms): Promise<readonly KeptCall[]>;
}

const WHAT = 'the approvals';

/** Touches no file before its first use. */
export function createCallBook({ path, clock, settings }: CallBookOptions): CallBook {
  let known: { readonly fingerprint: string; readonly calls: readonly KeptCall[] } | undefined;

  const live = (calls: readonly KeptCall[]): readonly KeptCall[] => calls.filter(({ expiresAt }) => expiresAt > clock.now());
  const read = (): readonly KeptCall[] => {
    const fingerprint = fingerprintOf(path);
    if (known?.fingerprint !== fingerprint) known = { fingerprint, calls: readCalls(path) };
    return live(known.calls);
  };
  const change = async <T>(work: (calls: readonly KeptCall[]) => { readonly calls: readonly KeptCall[] | undefined; readonly result: T }): Promise<T> =>
    await withFileLock(path, WHAT, () => {
      const { calls, result } = work(live(readCalls(path)));
      if (calls) writeCalls(path, calls);
      return result;
    });

  return {
    list: read,
    find: (hash) => read().find((call) => call.hash === hash),
    request: (request) =>
      change((calls) => {
        const there = calls.find(({ hash }) => hash === request.hash);
        if (there) return { calls: undefined, result: there };
        const { maxPerPrincipal, maxKept, pendingSeconds } = settings();
        const own = calls.filter(({ principal, state }) => principal === request.principal && state === 'waiting');
        if (own.length >= maxPerPrincipal) throw new AppError('APPROVALS_FULL', { message: `${own.length} of your calls wait for approval already.` });
        const room = makeRoom(calls, maxKept);
        const entry: KeptCall = { ...request, state: 'waiting', expiresAt: request.at + pendingSeconds * 1000, usesLeft: 0, decidedBy: null };
        return { calls: [...room, entry], result: entry };
      }),
    use: (hash) =>
      change((calls) => {
        const found = calls.find((call) => call.hash === hash && call.state === 'approved' && call.usesLeft > 0);
        if (!found) return { calls: undefined, result: undefined };
        const used = { ...found, usesLeft: found.usesLeft - 1 };
        return { calls: replaced(calls, used.usesLeft > 0 ? used : undefined, found.id), result: used };
      }),
    acceptByCaller: (id) =>
      change((calls) => {
        const found = calls.find((call) => call.id === id && call.state === 'waiting' && call.by === 'caller');
        if (!found) return { calls: undefined, result: undefined };
        const used: KeptCall = { ...approved(found, { by: 'elicitation' }, clock.now()), usesLeft: found.uses - 1 };
        return { calls: replaced(calls, used.usesLeft > 0 ? used : undefined, id), result: used };
      }),
    withdraw: (id) => change((calls) => ({ calls: calls.filter((call) => call.id !== id || call.state !== 'waiting'), result: undefined })),
    decide: (decision, ids, terms) =>
      change((calls) => {
        const chosen = [...new Set(ids)].map((id) => choose(calls, id, terms, settings()));
        const decided = chosen.map(
          (call): KeptCall => (decision === 'approve' ? approved(call, terms, clock.now()) : { ...call, state: 'refused', decidedBy: terms.by }),
        );
        return { calls: decided.reduce<readonly KeptCall[]>((all, call) => replaced(all, call, call.id), calls), result: decided };
      }),
  };
}

/** @throws AppError APPROVAL_UNKNOWN, PERMISSION_DENIED */
function choose(calls: readonly KeptCall[], id: string, { by }: DecisionTerms, { selfApproval }: ApprovalsConfig): KeptCall {
  const found = calls.find((call) => call.id === id && call.state === 'waiting');
  if (!found) throw new AppError('APPROVAL_UNKNOWN', { message: `No call waits under ${id.slice(0, 64)}: it was decided, expired, or is gone.` });
  if (found.principal !== by || selfApproval) return found;
  throw new AppError('PERMISSION_DENIED', {
    message: `${id} is a call of ${by} itself: somebody else has to decide.`,
    fix: 'Let another operator decide, or set approvals.selfApproval to true where one person is both.',
  });
}

/** Never more than the rule gives. @throws AppError INVALID_PARAMS */
function approved(call: KeptCall, { by, uses = call.uses, validSeconds = call.validSeconds }: DecisionTerms, now: number): KeptCall {
  for (const [name, value, most] of [
    ['uses', uses, call.uses],
    ['validSeconds', validSeconds, call.validSeconds],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1 || value > most)
      throw new AppError('INVALID_PARAMS', { message: `${name}: a whole number from 1 to ${most}, which is what the rule gives at most.` });
  }
  return { ...call, state: 'approved', decidedBy: by, usesLeft: uses, expiresAt: now + validSeconds * 1000 };
}

/** Old refusals give way to new requests; what waits and what was approved does not. @throws AppError APPROVALS_FULL */
function makeRoom(calls: readonly KeptCall[], maxKept: number): readonly KeptCall[] {
  if (calls.length < maxKept) return calls;
  const oldest = calls.find(({ state }) => state === 'refused');
  if (!oldest) throw new AppError('APPROVALS_FULL');
  return calls.filter((call) => call !== oldest);
}

function replaced(calls: readonly KeptCall[], by: KeptCall | undefined, id: string): readonly KeptCall[] {
  return calls.flatMap((call) => (call.id === id ? (by ?? []) : call));
}
