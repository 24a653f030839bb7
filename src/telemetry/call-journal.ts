/** @module telemetry/call-journal: the last calls in memory. */
import type { CallJournal, CallReport } from '../contracts/telemetry.ts';

/** A ring of the last `capacity` reports (default 200). Recording costs one slot, whatever came before. */
export function createCallJournal(capacity: number = 200): CallJournal {
  const ring: CallReport[] = [];
  const listeners = new Set<() => void>();
  let next = 0;

  return {
    record(report) {
      ring[next] = report;
      next = (next + 1) % capacity;
      for (const listener of listeners) notify(listener);
    },
    recent(limit) {
      const newestFirst = [...ring.slice(next), ...ring.slice(0, next)].reverse();
      return newestFirst.slice(0, Math.max(0, limit));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function notify(listener: () => void): void {
  try {
    listener();
  } catch {
    // A watcher's fault must not become the call's.
  }
}
