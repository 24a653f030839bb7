/** @module upstreams/pins/approvals: what waits, shown, and decided. */
import type { ShownApproval, ShownUpstream } from '../../contracts/approvals.ts';
import type { PendingApproval } from '../../contracts/pins.ts';
import { revealText } from '../../core/visible-text.ts';
import { renderDiff } from './diff.ts';
import type { PinStore } from './pin-store.ts';

/** The decisions about definitions. Ids are those of definitions, or snapshots of upstreams. */
export interface DefinitionApprovals {
  /** @throws AppError PINS_INVALID, STORAGE_* */
  list(): readonly ShownUpstream[];
  /** @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PINS_INVALID, STORAGE_* */
  decide(decision: 'approve' | 'reject', ids: readonly string[]): Promise<readonly PendingApproval[]>;
}

/** Diffs are made when they are asked for: nothing of them is kept. */
export function createApprovals(store: PinStore): DefinitionApprovals {
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
