/** @module contracts/routing-journal: what is kept of routed calls, to see what routing is worth. No text of anybody. */
import type { ComplexityFactors } from './orchestrator.ts';

/** One attempt of a run. */
export interface RoutingEntry {
  readonly v: 1;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Random; the same for all attempts of a run. */
  readonly run: string;
  /** `comparison`: made for the report alone. */
  readonly kind: 'attempt' | 'comparison';
  readonly words: number;
  readonly score: number;
  readonly factors: ComplexityFactors;
  /** 0 = the weakest. */
  readonly tier: number;
  readonly tierCount: number;
  readonly model: string;
  readonly servedBy: string | null;
  /** Null = not known, here and below. */
  readonly costMicroUsd: number | null;
  readonly judgeMicroUsd: number | null;
  /** What the same tokens would have cost at the strongest tier. */
  readonly strongMicroUsd: number | null;
  readonly latencyMs: number | null;
  /** Null = it was not judged, because it did not answer. */
  readonly pass: boolean | null;
  readonly confidence: number | null;
  /** Whether its answer is what the caller got. */
  readonly isFinal: boolean;
  /** Whether chance chose the run to compare its weakest and strongest tier. */
  readonly isCompared: boolean;
  /** Code of the failure; null = it answered. */
  readonly error: string | null;
  readonly isSimulated: boolean;
}

/** Where the entries are. */
export interface RoutingJournal {
  /** Never throws: a journal that cannot be written costs no call. */
  append(entries: readonly RoutingEntry[]): void;
  /** Oldest first; lines that cannot be read are left out and counted. @throws AppError HOME_INSECURE, STORAGE_UNAVAILABLE */
  read(): { readonly entries: readonly RoutingEntry[]; readonly unreadable: number };
}
