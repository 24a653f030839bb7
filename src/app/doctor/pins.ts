/** @module app/doctor/pins: whether the approved definitions can be read, and what waits for a person. */
import type { HomePaths } from '../../contracts/home.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { lockPathOf, pinStoreOf } from '../pins.ts';
import { fine, warning, type Finding } from './finding.ts';

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
