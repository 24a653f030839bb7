/** @module app/approvals: one queue for what waits for a person: definitions of upstreams and calls. */
import type { ApprovalQueue, Approvals, CallGate, DecidedApproval, KeptCall } from '../contracts/approvals.ts';
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
import type { PendingApproval } from '../contracts/pins.ts';
import { AppError } from '../core/errors.ts';
import { createCallBook } from '../approvals/call-book.ts';
import { createCallGate } from '../approvals/call-gate.ts';
import { createAnnouncer } from '../approvals/webhook.ts';
import { createEgress } from '../egress/dialer.ts';
import { createApprovals as createDefinitionApprovals } from '../upstreams/pins/approvals.ts';
import type { Foundation } from './foundation.ts';
import { pinStoreOf } from './pins.ts';

/** Ids of calls begin with it; those of definitions and snapshots are hexadecimal digits alone. */
const CALL = 'call-';

type Ground = Pick<Foundation, 'loaded' | 'home' | 'clock'>;

/** The queue as files of the home hold it. Touches none before its first use. */
export function approvalsOf(foundation: Ground, settings: () => ApprovalsConfig): Approvals {
  const book = createCallBook({ path: foundation.home.approvals, clock: foundation.clock, settings });
  const definitions = createDefinitionApprovals(pinStoreOf(foundation));
  return {
    list: (): ApprovalQueue => ({ upstreams: definitions.list(), calls: book.list() }),
    waiting: () => [
      ...book.list().flatMap(({ id, state }) => (state === 'waiting' ? [id] : [])),
      ...definitions.pending().flatMap(({ pending }) => pending.flatMap(({ id, isRejected }) => (isRejected ? [] : [id]))),
    ],
    async decide(decision, ids, terms) {
      const calls = ids.filter((id) => id.startsWith(CALL));
      if (calls.length === 0) {
        if (terms.uses !== undefined || terms.validSeconds !== undefined)
          throw new AppError('INVALID_PARAMS', { message: 'uses and validSeconds are about calls: a definition is approved until it changes.' });
        return (await definitions.decide(decision, ids)).map(ofDefinition);
      }
      if (calls.length < ids.length) throw new AppError('INVALID_PARAMS', { message: 'Decide calls and definitions apart.' });
      return (await book.decide(decision, ids, terms)).map(ofCall);
    },
  };
}

/** The step of the road. */
export function callGateOf(
  { home, clock, audit, logger }: Pick<Foundation, 'home' | 'clock' | 'audit' | 'logger'>,
  settings: () => ApprovalsConfig,
  link: (id: string) => string | undefined,
): CallGate {
  const book = createCallBook({ path: home.approvals, clock, settings });
  const announce = createAnnouncer({ config: () => settings().webhook, createEgress: (url) => createEgress([url]), clock, logger });
  return createCallGate({ book, audit, clock, settings, announce, link });
}

function ofDefinition({ id, kind, name, upstream, hash }: PendingApproval): DecidedApproval {
  return { id, kind, name, upstream, hash };
}

function ofCall({ id, target, hash }: KeptCall): DecidedApproval {
  return { id, kind: 'call', name: target, upstream: null, hash };
}
