/** Where two answers differ, and which of it is intended. */
import { isDeepStrictEqual } from 'node:util';
import type { Case } from './cases.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import type { Observed } from './wire.ts';

/** What two answers can differ in. */
export const ASPECTS = ['status', 'contentType', 'allow', 'challenge', 'session', 'ahead', 'kind', 'id', 'code', 'data', 'result'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** One aspect that differs and that nothing on the list explains. */
export interface Divergence {
  readonly aspect: Aspect;
  readonly case: Case;
  readonly ours: Observed;
  readonly theirs: Observed;
}

/** Compares by every aspect; `used` gets the entries of the list that explained something. */
export function compare(sent: Case, ours: Observed, theirs: Observed, used: Set<Difference>): Divergence[] {
  return ASPECTS.filter((aspect) => !isDeepStrictEqual(ours[aspect], theirs[aspect])).flatMap((aspect) => {
    const intended = DIFFERENCES.find(
      (entry) => entry.aspects.includes(aspect) && entry.revisions.includes(sent.revision) && entry.applies(sent, ours, theirs, aspect),
    );
    if (!intended) return [{ aspect, case: sent, ours, theirs }];
    used.add(intended);
    return [];
  });
}
