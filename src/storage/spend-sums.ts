/** @module storage/spend-sums: entries of the books, added up by the hour. */
import type { SpendEntry, SpendQuery, SpendSum } from '../contracts/spend.ts';

const HOUR_MS = 3_600_000;

/** What one principal used of one target in one hour. */
export interface SpendHour extends Omit<SpendSum, 'group'> {
  /** Beginning of the hour, epoch milliseconds. */
  readonly hour: number;
  readonly principalId: string;
  /** Empty = none. */
  readonly tenant: string;
  readonly target: string;
}

/** Beginning of the hour that the time lies in. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

/** The hours a query is about: from inclusive, to exclusive. */
export function hoursOf({ from, to }: SpendQuery): { readonly from: number; readonly to: number } {
  return { from: hourOf(from), to: Math.ceil(to / HOUR_MS) * HOUR_MS };
}

/** The entry as the beginning of a sum. */
export function toHour({ at, principalId, tenant, target, costMicroUsd, inputTokens, outputTokens, isEstimated }: SpendEntry): SpendHour {
  return {
    hour: hourOf(at),
    principalId,
    tenant: tenant ?? '',
    target,
    requests: 1,
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    costMicroUsd: costMicroUsd ?? 0,
    unpricedRequests: costMicroUsd === null ? 1 : 0,
    unmeasuredRequests: inputTokens === null || outputTokens === null ? 1 : 0,
    estimatedRequests: isEstimated ? 1 : 0,
  };
}

const add = (a: number, b: number): number => Math.min(Number.MAX_SAFE_INTEGER, a + b);

/** Both together, under the first one's name. Sums stop where numbers stop to be exact. */
export function addHours(a: SpendHour, b: SpendHour): SpendHour {
  return {
    ...a,
    requests: add(a.requests, b.requests),
    inputTokens: add(a.inputTokens, b.inputTokens),
    outputTokens: add(a.outputTokens, b.outputTokens),
    costMicroUsd: add(a.costMicroUsd, b.costMicroUsd),
    unpricedRequests: add(a.unpricedRequests, b.unpricedRequests),
    unmeasuredRequests: add(a.unmeasuredRequests, b.unmeasuredRequests),
    estimatedRequests: add(a.estimatedRequests, b.estimatedRequests),
  };
}

/** Entries that wait to be written, added up: a flood of calls is a handful of rows. */
export class SpendHours {
  #hours = new Map<string, SpendHour>();

  get size(): number {
    return this.#hours.size;
  }

  add(hour: SpendHour): void {
    const key = JSON.stringify([hour.hour, hour.principalId, hour.tenant, hour.target]);
    const known = this.#hours.get(key);
    this.#hours.set(key, known ? addHours(known, hour) : hour);
  }

  values(): readonly SpendHour[] {
    return [...this.#hours.values()];
  }

  /** What there is, and none is left. */
  take(): readonly SpendHour[] {
    const taken = this.values();
    this.#hours = new Map();
    return taken;
  }
}

/** The sums of a report, in the order of their groups. */
export function sumHours(hours: Iterable<SpendHour>, query: SpendQuery): readonly SpendSum[] {
  const { from, to } = hoursOf(query);
  const sums = new Map<string, SpendHour & SpendSum>();
  for (const hour of hours) {
    if (hour.hour < from || hour.hour >= to) continue;
    const group = query.groupBy.map((grouping) => GROUPS[grouping](hour));
    const key = JSON.stringify(group);
    const known = sums.get(key);
    sums.set(key, { ...(known ? addHours(known, hour) : hour), group });
  }
  return [...sums.values()].toSorted((a, b) => compareGroups(a.group, b.group)).map(toSum);
}

const GROUPS: Readonly<Record<SpendQuery['groupBy'][number], (hour: SpendHour) => string>> = {
  day: ({ hour }) => new Date(hour).toISOString().slice(0, 10),
  principal: ({ principalId }) => principalId,
  tenant: ({ tenant }) => tenant,
  target: ({ target }) => target,
};

function compareGroups(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index === -1 ? 0 : (a[index] ?? '') < (b[index] ?? '') ? -1 : 1;
}

function toSum({ group, requests, inputTokens, outputTokens, costMicroUsd, unpricedRequests, unmeasuredRequests, estimatedRequests }: SpendSum): SpendSum {
  return { group, requests, inputTokens, outputTokens, costMicroUsd, unpricedRequests, unmeasuredRequests, estimatedRequests };
}
