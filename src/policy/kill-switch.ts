/** @module policy/kill-switch: the emergency brake, looked at for every call. */
import { statSync, type Stats } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { systemCode } from '../core/private-file.ts';
import type { KillEntry, KillSwitch } from '../contracts/policy.ts';
import type { Principal } from '../contracts/principal.ts';
import { compileGlob, type Glob } from './glob.ts';
import { readKillFile } from './kill-file.ts';

/** How often the file is looked at: other processes' changes act within this time. */
const LOOK_INTERVAL_MS = 200;

type Reached = Parameters<KillSwitch['check']>[1];
interface Brake {
  readonly reason: string;
  stops(principal: Principal, target: Reached): boolean;
}

/** A kill switch that tells of changes: for calls that run, and for other nodes. */
export interface WatchedKillSwitch extends KillSwitch {
  /** Looks at the file now. */
  look(): void;
  /** Called once it has looked and found another state than before. */
  onChange(hear: () => void): void;
}

/**
 * Reads the kill switch of the home. Cheap while nothing changes: one look at the file in 200 ms. A
 * file that is there and cannot be used switches everything off, with the reason; no file switches
 * nothing off. Nobody is exempt, admins neither: the command line writes the file.
 */
export function createKillSwitch({ path, clock }: { readonly path: string; readonly clock: Pick<Clock, 'monotonic'> }): WatchedKillSwitch {
  const listeners = new Set<() => void>();
  let brakes: readonly Brake[] = [];
  let seen: string | undefined;
  let lookAgainAt = -Infinity;

  const look = (): void => {
    try {
      const found = fingerprint(statSync(path, { throwIfNoEntry: false }));
      if (found === seen) return;
      brakes = readKillFile(path).map(toBrake);
      seen = found;
      for (const hear of listeners) hear();
    } catch (error) {
      // Not remembered as seen: tried again at the next look.
      seen = undefined;
      const why = AppError.is(error) ? error.message : `The file of the kill switch cannot be read (${systemCode(error)}).`;
      const wasDamaged = brakes.length === 1 && brakes[0]?.reason === `everything: ${why}`;
      brakes = [{ reason: `everything: ${why}`, stops: () => true }];
      if (!wasDamaged) for (const hear of listeners) hear();
    }
  };

  return {
    look: () => {
      lookAgainAt = clock.monotonic() + LOOK_INTERVAL_MS;
      look();
    },
    onChange: (hear) => void listeners.add(hear),
    check: (principal, target) => {
      const now = clock.monotonic();
      if (now >= lookAgainAt) {
        lookAgainAt = now + LOOK_INTERVAL_MS;
        look();
      }
      return brakes.length === 0 ? undefined : brakes.find((brake) => brake.stops(principal, target))?.reason;
    },
  };
}

/** Differs between any two states of the file: it is only ever replaced whole, which gives it another inode. */
function fingerprint(facts: Stats | undefined): string {
  return facts ? `${facts.dev} ${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}` : 'absent';
}

function toBrake(entry: KillEntry): Brake {
  const { scope, name, reason } = entry;
  return { reason: scope === 'all' ? `everything: ${reason}` : `${scope} ${name}: ${reason}`, stops: compileEntry(entry) };
}

function compileEntry({ scope, name }: KillEntry): Brake['stops'] {
  switch (scope) {
    case 'all':
      return () => true;
    case 'client':
      return onText(name, ({ clientId }) => clientId);
    case 'principal':
      return onText(name, ({ id }) => id);
    case 'tool':
      return onText(name, (_principal, target) => (target.kind === 'tool' ? target.name : undefined));
    // Whatever its kind, and under whatever prefix or URI clients know it.
    case 'upstream':
      return onText(name, (_principal, target) => target.upstream ?? /^(.+?)__/s.exec(target.name)?.[1]);
    case 'profile':
      return onText(name, (_principal, target) => target.profile);
    case 'provider':
      return onText(`${name}/**`, (_principal, target) => (target.kind === 'model' ? target.name : undefined));
  }
}

function onText(pattern: string, textOf: (principal: Principal, target: Reached) => string | undefined): Brake['stops'] {
  const matches: Glob = compileGlob(pattern, 'name');
  return (principal, target) => {
    const text = textOf(principal, target);
    return text !== undefined && matches(text);
  };
}
