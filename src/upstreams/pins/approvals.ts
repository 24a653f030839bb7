/** @module upstreams/pins/approvals: what waits, shown, and decided. */
import type { ShownApproval, ShownUpstream } from '../../contracts/approvals.ts';
import type { PendingApproval } from '../../contracts/pins.ts';
import { revealText } from '../../core/visible-text.ts';
import { renderDiff } from './diff.ts';
import type { PendingUpstream, PinStore } from './pin-store.ts';

/** The decisions about definitions. Ids are those of definitions, or snapshots of upstreams. */
export interface DefinitionApprovals {
  /** @throws AppError PINS_INVALID, STORAGE_* */
  list(): readonly ShownUpstream[];
  /** What `list` tells, without the diffs, which cost the most. @throws as `list` */
  pending(): readonly PendingUpstream[];
  /** @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS, PINS_INVALID, STORAGE_* */
  decide(decision: 'approve' | 'reject', ids: readonly string[]): Promise<readonly PendingApproval[]>;
}

/** Diffs are made when they are asked for: nothing of them is kept. */
export function createApprovals(store: PinStore): DefinitionApprovals {
  return {
    pending: () => store.pending(),
    list: () => store.pending().map(({ upstream, snapshot, pending }): ShownUpstream => ({ upstream, snapshot, pending: pending.map(show) })),
    decide: async (decision, ids) => await (decision === 'approve' ? store.approve(ids) : store.reject(ids)),
  };
}

function show(item: PendingApproval): ShownApproval {
  const { previous, definition, hash } = item;
  const diff = definition === null || hash === null ? undefined : renderDiff(previous, { hash, definition });
  return {
    ...item,
    shownName: revealText(item.name).replace(/\s/g, ' '),
    diff: diff?.text ?? null,
    isDiffWhole: diff?.isWhole ?? false,
  };
}
