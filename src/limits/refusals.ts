/** @module limits/refusals: what a caller is told when a budget does not allow its call. */
import { AppError } from '../core/errors.ts';
import { formatBudget } from '../contracts/budget-text.ts';
import { windowEnd } from '../contracts/budget-window.ts';
import type { BudgetAccount, BudgetRefusal } from '../contracts/spend.ts';
import { WINDOW_SECONDS } from './rate-counter.ts';

/** Accounts of one principal: it may know what it used. What others used is not for its eyes. */
const OWN = /^(?:key|user|role):/;
/** Calls under way hold the rest: it may be free at any moment. */
const SOON_SECONDS = 1;

/** The error of a call above its rate. */
export function rateLimited(policy: string, limit: number, retryAfterSeconds: number): AppError {
  return new AppError('RATE_LIMITED', {
    message: `More than ${limit} calls a minute (limit ${policy}).`,
    data: { retryAfterSeconds, policy, limit, windowSeconds: WINDOW_SECONDS },
  });
}

/** The error of a claim that did not fit. */
export function quotaExceeded({ claim, used }: BudgetRefusal, at: number): AppError {
  const { account, unit, window, limit, amount } = claim;
  const end = windowEnd(window, at);
  const untilNext = end === Infinity ? null : Math.max(1, Math.ceil((end - at) / 1_000));
  const retryAfterSeconds = amount > limit ? null : used + amount <= limit ? SOON_SECONDS : untilNext;
  const why =
    amount > limit
      ? 'this call alone may use more'
      : used + amount <= limit
        ? 'calls under way hold the rest of it'
        : 'it is used up, or what is left is not enough';
  return new AppError('QUOTA_EXCEEDED', {
    message: `The budget ${formatBudget(claim)} of ${account} does not allow the call: ${why}.`,
    data: { account, unit, window, limit, used: OWN.test(account) ? used : null, retryAfterSeconds },
  });
}

/** The error of a call whose use in the account's unit cannot be estimated. */
export function priceUnknown(target: string, account: BudgetAccount): AppError {
  const { unit } = account;
  return new AppError('PRICE_UNKNOWN', {
    message: `The budget ${formatBudget(account)} of ${account.account} applies, and ${unit === 'microUsd' ? 'the price' : 'the most tokens'} of ${target} is not known.`,
    fix:
      unit === 'microUsd'
        ? `Set the price of ${target} under models.prices, or use a model whose price is known (GET /v1/models).`
        : 'Say in the request how many tokens the answer may have.',
    data: { target, account: account.account, unit },
  });
}
