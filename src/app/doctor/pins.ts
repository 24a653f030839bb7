/** @module app/doctor/pins: whether the approved definitions can be read, and what waits for a person: definitions and calls. */
import type { HomePaths } from '../../contracts/home.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { createCallBook } from '../../approvals/call-book.ts';
import { systemClock } from '../../core/clock.ts';
import { lockPathOf, pinStoreOf } from '../pins.ts';
import { fine, warning, type Finding } from './finding.ts';

/** Calls that wait for a person. @throws AppError STORAGE_* */
export function examineHeldCalls({ config }: LoadedConfig, home: HomePaths): readonly Finding[] {
  const id = 'approvals';
  const waiting = createCallBook({ path: home.approvals, clock: systemClock, settings: () => config.approvals })
    .list()
    .filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return [];
  return [warning(id, `${waiting.length === 1 ? 'A call waits' : `${waiting.length} calls wait`} for approval.`, 'Run `switchyard approvals`.')];
}

/** Nothing where no upstream is configured. @throws AppError PINS_INVALID, STORAGE_* */
export function examinePins(loaded: LoadedConfig, home: HomePaths): readonly Finding[] {
  const id = 'pins';
  const names = Object.entries(loaded.config.upstreams).flatMap(([name, { isEnabled, pins }]) => (isEnabled && pins !== 'off' ? [name] : []));
  if (names.length === 0) return [];
  const store = pinStoreOf({ loaded, home });
  const lock = store.lock();
  const waiting = store.pending().flatMap(({ upstream, pending }) => {
    const open = pending.filter(({ isRejected }) => !isRejected);
    return open.length === 0 ? [] : [`${upstream} (${open.length})`];
  });
  const count = names.filter((name) => lock.has(name)).length;
  const path = lockPathOf({ loaded, home });
  const findings = [
    fine(
      id,
      `${path} holds the approved definitions of ${count} of ${names.length} upstreams: what was approved at first use is there to be read and committed.`,
    ),
  ];
  if (waiting.length === 0) return findings;
  return [...findings, warning(id, `Definitions are held back until somebody decides: ${waiting.join(', ')}.`, 'Run `switchyard approvals show <upstream>`.')];
}
