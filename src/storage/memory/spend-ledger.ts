/** @module storage/memory/spend-ledger: the books without a disk. */
import { windowStart } from '../../contracts/budget-window.ts';
import type { BudgetAccount, BudgetClaim, BudgetReservation, BudgetState, SpendLedger } from '../../contracts/spend.ts';
import { MOST } from '../spend-rows.ts';
import { SpendHours, sumHours, toHour } from '../spend-sums.ts';

const KEEP_MS = 86_400_000;

/** Books that are forgotten with the process. */
export function createMemoryLedger(ensureOpen: () => void): SpendLedger {
  const holds = new Map<string, BudgetReservation>();
  const used = new Map<string, number>();
  const hours = new SpendHours();

  const stateOf = (account: BudgetAccount, at: number): BudgetState => {
    const place = placeOf(account, at);
    let reserved = 0;
    for (const hold of holds.values()) {
      if (hold.at + hold.leaseMs <= at) continue;
      for (const claim of hold.claims) if (placeOf(claim, hold.at) === place) reserved += claim.amount;
    }
    return { used: used.get(place) ?? 0, reserved };
  };

  return {
    reserve: async (reservation) => {
      ensureOpen();
      const { id, at, claims } = reservation;
      for (const [old, hold] of holds) if (hold.at + hold.leaseMs <= at - KEEP_MS) holds.delete(old);
      for (const claim of claims) {
        const state = stateOf(claim, at);
        if (state.used + state.reserved + claim.amount > claim.limit) return { claim, ...state };
      }
      holds.set(id, reservation);
      return undefined;
    },
    settle: async (id, use) => {
      ensureOpen();
      const hold = holds.get(id);
      holds.delete(id);
      for (const claim of hold?.claims ?? []) {
        const place = placeOf(claim, hold?.at ?? 0);
        used.set(place, Math.min(MOST, (used.get(place) ?? 0) + (use[claim.unit] ?? claim.amount)));
      }
    },
    record: (entry) => {
      ensureOpen();
      hours.add(toHour(entry));
    },
    report: async (query) => {
      ensureOpen();
      return sumHours(hours.values(), query);
    },
    usage: (accounts, at) => {
      ensureOpen();
      return accounts.map((account) => stateOf(account, at));
    },
  };
}

function placeOf({ account, unit, window }: BudgetAccount | BudgetClaim, at: number): string {
  return JSON.stringify([account, unit, window, windowStart(window, at)]);
}
