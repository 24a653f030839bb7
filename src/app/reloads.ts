/** @module app/reloads: a changed configuration takes effect while calls run. */
import { watchConfig } from '../config/watch.ts';
import { describeError } from '../core/errors.ts';
import type { Foundation } from './foundation.ts';
import type { Generations } from './generations.ts';
import { preparePolicyEngine } from './policy-engine.ts';

/** The watch over the configuration. */
export interface Reloads {
  /** Loads now. True when a new generation is in force. */
  reload(): Promise<boolean>;
  close(): void;
}

/** @param onSwap called with the new generation in force, to carry over what lies outside of it */
export function watchForChanges({ loaded, reload, logger, audit, clock }: Foundation, generations: Generations, onSwap: () => void): Reloads {
  const watcher = watchConfig({
    current: loaded,
    load: reload,
    async onChange({ loaded: next, changes }) {
      await preparePolicyEngine(next.config.policy);
      generations.swap(next.config);
      onSwap();
      const waiting = changes.filter(({ needsRestart }) => needsRestart).map(({ pointer }) => pointer);
      logger.info('configuration changed', { changes: changes.map(({ pointer }) => pointer), waiting_for_restart: waiting });
      const recorded = audit.append({
        event: 'config_changed',
        phase: 'notice',
        at: clock.now(),
        detail: {
          changes: changes
            .map(({ pointer }) => pointer)
            .join(' ')
            .slice(0, 1000),
          generation: generations.current().id,
        },
      });
      // It is in force: to say that it was refused would be wrong, and the next change would be compared with the one before.
      await recorded.catch((error: unknown) => logger.error('audit', { problem: 'a changed configuration was not recorded', cause: describeError(error) }));
    },
    onError(error) {
      logger.error('the changed configuration was refused; the old one stays in force', { code: error.code, problem: error.message, fix: error.fix });
      audit
        .append({ event: 'config_refused', phase: 'notice', at: clock.now(), outcome: error.code })
        .catch(() => logger.error('audit', { problem: 'a refused configuration was not recorded' }));
    },
  });
  return { reload: () => watcher.reload(), close: () => watcher.close() };
}
