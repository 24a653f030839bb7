/** @module policy/kill-replica: carries the kill switch of a home to the other nodes, and theirs here. */
import type { KillState, SharedKill } from '../contracts/shared-kill.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Logger } from '../contracts/telemetry.ts';
import { toAppError, type AppError } from '../core/errors.ts';
import { isEmpty, lackingIn, mergeKillFile, readKillState } from './kill-file.ts';
import type { WatchedKillSwitch } from './kill-switch.ts';

/** How often both sides are compared, whatever was heard. */
const COMPARE_MS = 500;
/** How long a start waits to hear what is switched off elsewhere. */
const FIRST_MS = 2_000;

/** What it works on. */
export interface KillReplicaPorts {
  readonly path: string;
  readonly killSwitch: WatchedKillSwitch;
  readonly shared: readonly SharedKill[];
  readonly logger: Pick<Logger, 'warn' | 'info' | 'error'>;
  /** Told of what other nodes have switched off or lifted, once it holds here. */
  readonly onTaken: (state: KillState) => void;
}

/** The two-way carrier. */
export interface KillReplica {
  /** Resolves when every place was compared once, or after two seconds. */
  start(): Promise<void>;
  /** Each place, and why it is not reached. */
  status(): readonly ComponentStatus[];
  close(): void;
}

/**
 * The file of the home stays the truth of this node: it holds while nothing else does. Places are joined with it when they tell of a
 * change, when the file changes, and twice a second. What a place loses is put back; what it cannot be told is told later.
 */
export function createKillReplica({ path, killSwitch, shared, logger, onTaken }: KillReplicaPorts): KillReplica {
  const faults = new Map<SharedKill, AppError>();
  const running = new Map<SharedKill, { again: boolean }>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const compareOnce = async (place: SharedKill): Promise<void> => {
    try {
      const there = await place.read();
      const taken = lackingIn(readKillState(path), there);
      if (await mergeKillFile(path, there)) {
        killSwitch.look();
        onTaken(taken);
      }
      const lacking = lackingIn(there, readKillState(path));
      if (!isEmpty(lacking)) await place.add(lacking);
      if (faults.delete(place)) logger.info('kill switch is shared again', { place: place.name });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!faults.has(place)) logger.warn('kill switch is not shared', { place: place.name, code: error.code, problem: error.message });
      faults.set(place, error);
    }
  };
  /** One at a time; what comes meanwhile is looked at once more. */
  const compare = async (place: SharedKill): Promise<void> => {
    const known = running.get(place);
    if (known) {
      known.again = true;
      return;
    }
    const state = { again: true };
    running.set(place, state);
    while (state.again && !isClosed) {
      state.again = false;
      await compareOnce(place);
    }
    running.delete(place);
  };
  const compareAll = (): Promise<unknown> => Promise.all(shared.map(compare));
  const beat = (): void => {
    void compareAll().finally(() => {
      if (!isClosed) timer = setTimeout(beat, COMPARE_MS).unref();
    });
  };

  return {
    start: async () => {
      killSwitch.onChange(() => void compareAll());
      for (const place of shared) {
        void Promise.resolve(place.listen(() => void compare(place))).catch((error: unknown) =>
          logger.warn('kill switch is not heard', { place: place.name, problem: String(error) }),
        );
      }
      let first: NodeJS.Timeout | undefined;
      await Promise.race([compareAll(), new Promise((resolve) => void (first = setTimeout(resolve, FIRST_MS)))]);
      clearTimeout(first);
      beat();
    },
    status: () =>
      shared.map((place) => {
        const fault = faults.get(place);
        const name = `kill switch on ${place.name}`;
        return fault ? { name, state: 'degraded', detail: fault.message } : { name, state: 'up' };
      }),
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
