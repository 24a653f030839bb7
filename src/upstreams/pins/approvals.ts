/** @module upstreams/pins/approvals: what waits, shown, and decided. */
import type { Approvals, ShownApproval, ShownUpstream } from '../../contracts/approvals.ts';
import type { PendingApproval } from '../../contracts/pins.ts';
import { revealText } from '../scan/visible-text.ts';
import { renderDiff } from './diff.ts';
import type { PinStore } from './pin-store.ts';

/** Diffs are made when they are asked for: nothing of them is kept. */
export function createApprovals(store: PinStore): Approvals {
  return {
    list: () => store.pending().map(({ upstream, snapshot, pending }): ShownUpstream => ({ upstream, snapshot, pending: pending.map(show) })),
    decide: async (decision, ids) => await (decision === 'approve' ? store.approve(ids) : store.reject(ids)),
  };
}

function show(item: PendingApproval): ShownApproval {
  const { previous, definition, hash } = item;
  return {
    ...item,
    shownName: revealText(item.name).replace(/\s/g, ' '),
    diff: definition === null || hash === null ? null : renderDiff(previous, { hash, definition }),
  };
}
