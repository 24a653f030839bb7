/** @module app/brake: the kill switch and revocations for what runs already, and the switch for other nodes. */
import type { Pipeline } from '../calls/runner.ts';
import type { Store } from '../contracts/store.ts';
import type { Foundation } from './foundation.ts';
import type { Guards } from './guards.ts';

/** How often the file is looked at while nothing new comes in. */
const LOOK_MS = 200;

/** The watch. */
export interface Brake {
  close(): void;
}

/**
 * A change of the kill switch stops the running calls that it reaches, also those that say nothing, and so does a revocation. Where state is shared, resolves
 * when it was asked once what other nodes have switched off, or after two seconds.
 */
export async function watchBrake({ home, cluster, audit, clock, logger, store }: Foundation, { killSwitch }: Guards, pipeline: Pipeline): Promise<Brake> {
  killSwitch.onChange(() => pipeline.recheck());
  // Not at the start: the store opens when it is needed.
  let seen: string | undefined;
  const lookForRevocations = async (): Promise<void> => {
    const now = versionsOf(store);
    if (now === seen) return;
    seen = now;
    if (!(await pipeline.readmit())) seen = undefined;
  };
  const timer = setInterval(() => {
    // Others look at each call; without calls only other nodes care.
    if (pipeline.activeCalls > 0 || cluster) killSwitch.look();
    // A store that cannot be opened or asked says so to whoever needs it; it is looked at again.
    if (pipeline.activeCalls > 0) lookForRevocations().catch(() => undefined);
  }, LOOK_MS).unref();
  await cluster?.shareKillSwitch(home.killSwitch, killSwitch, ({ entries, lifted }) => {
    const idsOf = (list: readonly { readonly id: string }[]): string =>
      list
        .map(({ id }) => id)
        .join(' ')
        .slice(0, 1000);
    audit
      .append({
        event: 'admin_action',
        phase: 'notice',
        at: clock.now(),
        target: 'admin:kill-switch',
        detail: { change: 'from another node', on: idsOf(entries), off: idsOf(lifted) },
      })
      .catch((error: unknown) => logger.error('audit', { problem: 'a switch of another node was not recorded', cause: String(error) }));
  });
  return { close: () => clearInterval(timer) };
}

/** Differs as soon as a key or a token may have been revoked. */
function versionsOf({ apiKeys, revocations, records }: Store): string {
  return `${apiKeys.version()} ${revocations.version()} ${records.version()}`;
}
