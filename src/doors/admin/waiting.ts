/** @module doors/admin/waiting: how much waits for a yes, for the head of every page. */
import { hash } from 'node:crypto';

/** A count, and what tells two queues apart. */
export interface Waiting {
  readonly count: number;
  /** Differs as soon as what waits does. */
  readonly digest: string;
}

/** @param ids of what nobody has decided, in any order */
export function waitingOf(ids: readonly string[]): Waiting {
  return { count: ids.length, digest: hash('sha256', ids.toSorted().join(' '), 'hex').slice(0, 16) };
}
