/** @module storage/spend-rows: the books as rows, in the order and under the names that the SQL stores share. */
import { windowEnd, windowStart } from '../contracts/budget-window.ts';
import type { BudgetAccount, BudgetClaim, BudgetRefusal } from '../contracts/spend.ts';
import type { SpendHour } from './spend-sums.ts';

/** A day, in milliseconds. */
export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What a number of JavaScript can hold: sums stop there, and every limit is below. */
export const MOST = Number.MAX_SAFE_INTEGER;

/** A store that cannot hold every text says how it is written, and read back. */
type Spelling = (text: string) => string;
const asItIs: Spelling = (text) => text;

/** Claims for SQL, one list each: account, unit, span, starts, ends (epoch milliseconds), amount, most. */
export function claimsJson(claims: readonly (BudgetAccount | BudgetClaim)[], at: number, spell = asItIs): string {
  return JSON.stringify(
    claims.map((claim) => {
      const { account, unit, window, limit } = claim;
      return [spell(account), unit, window, windowStart(window, at), Math.min(windowEnd(window, at), MOST), 'amount' in claim ? claim.amount : 0, limit];
    }),
  );
}

/** Values of a row of `spend_hours`: hour, principal, tenant, target, then the sums as `toSpendHour` names them. */
export function hourValues(hour: SpendHour, spell = asItIs): readonly (string | number)[] {
  const { requests, inputTokens, outputTokens, costMicroUsd, unpricedRequests, unmeasuredRequests, estimatedRequests } = hour;
  const names = [hour.principalId, hour.tenant, hour.target].map(spell);
  return [hour.hour, ...names, requests, inputTokens, outputTokens, costMicroUsd, unpricedRequests, unmeasuredRequests, estimatedRequests];
}

/** A row of `spend_hours`. `read` undoes what `hourValues` was given as spelling. */
export function toSpendHour(row: Readonly<Record<string, unknown>>, read = asItIs): SpendHour {
  return {
    hour: Number(row['hour']),
    principalId: read(String(row['principal'])),
    tenant: read(String(row['tenant'])),
    target: read(String(row['target'])),
    requests: Number(row['requests']),
    inputTokens: Number(row['input_tokens']),
    outputTokens: Number(row['output_tokens']),
    costMicroUsd: Number(row['cost_micro_usd']),
    unpricedRequests: Number(row['unpriced']),
    unmeasuredRequests: Number(row['unmeasured']),
    estimatedRequests: Number(row['estimated']),
  };
}

/** The claim that did not fit, by a row with its `place` among the claims and what is `used` and `held` there. */
export function toRefusal(row: Readonly<Record<string, unknown>> | undefined, claims: readonly BudgetClaim[]): BudgetRefusal | undefined {
  const claim = row && claims[Number(row['place'])];
  return claim && { claim, used: Number(row['used']), reserved: Number(row['held']) };
}

/** True once an hour of the times that it is asked with, the first time too. */
export function everyHour(): (at: number) => boolean {
  let last = -Infinity;
  return (at) => {
    if (Math.abs(at - last) < HOUR_MS) return false;
    last = at;
    return true;
  };
}
