/** @module upstreams/connection/pause: waiting that can be given up. */
import type { Scope } from '../../core/scope.ts';

/** Resolves after the time, rejects with the reason when the scope is cancelled. Keeps no process alive. */
export function pause(ms: number, scope: Scope): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    timer.unref();
  });
  return scope.race(waited).finally(() => clearTimeout(timer));
}
