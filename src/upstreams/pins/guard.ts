/** @module upstreams/pins/guard: the pins of all upstreams at work: first use, quarantine, audit, and approvals made elsewhere. */
import { isDeepStrictEqual } from 'node:util';
import type { AuditSink } from '../../contracts/audit.ts';
import type { CatalogueVerdict, DefinitionKind, ListedCatalogue, PinGuard, PinSubject } from '../../contracts/pins.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { createScanContext } from '../scan/scan-definition.ts';
import { createGate, type JudgedGate } from './gate.ts';
import { judgeCatalogue, type Judgement } from './judge.ts';
import { DEFINITION_KINDS, isSameIdentity, type LockedUpstream, type PinLock } from './lock.ts';
import type { PinStore } from './pin-store.ts';
import type { HeldItem } from './quarantine-file.ts';
import { createScanner } from './scanner.ts';

/** What the guard is given. */
export interface PinGuardPorts {
  readonly store: PinStore;
  readonly audit: AuditSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the lock is looked at for changes by others. */
const LOOK_MS = 250;
/** Records of one round; the last one counts the others. */
const MAX_RECORDS = 20;
/** Of several processes that see a first use, one is first; the others judge again. */
const MAX_ATTEMPTS = 5;

/** Reads no file before the first gate or list. */
export function createPinGuard({ store, audit, clock, logger }: PinGuardPorts): PinGuard {
  const gates = new Set<JudgedGate>();
  const scanner = createScanner();
  const listeners = new Set<(upstream: string) => void>();
  /** What lists were answered with where nobody is connected, by upstream. */
  const answered = new Map<string, LockedUpstream | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let lastGood: PinLock | undefined;
  let seen: string | undefined;
  let complained: string | undefined;

  /** A lock that somebody broke leaves the last good one in force; at the start there is none. */
  const lockInForce = (): PinLock => {
    try {
      lastGood = store.lock();
      return lastGood;
    } catch (failure) {
      if (!lastGood) throw failure;
      return lastGood;
    }
  };
  const judgeOnce = (subject: PinSubject, listed: ListedCatalogue): Judgement => {
    const lock = lockInForce();
    const scan = scanner.beginRound(subject.name, () => createScanContext(subject.name, namesOf(lock, gates, subject.name, listed)));
    return judgeCatalogue({ locked: lock.get(subject.name), identity: subject.identity, policy: subject.policy, listed, scan });
  };
  const pinFirstUse = async ({ name, identity }: PinSubject, { firstUse, firstUseKinds }: Judgement): Promise<boolean> => {
    const record = { event: 'pin_first_use', target: `upstream:${name}` } as const;
    const detail = { upstream: name, definitions: firstUse.length, tools: firstUse.filter(({ kind }) => kind === 'tool').length };
    await audit.append({ ...record, phase: 'intent', at: clock.now(), detail });
    const isDone = await store.pinFirstUse(name, identity, firstUse, firstUseKinds);
    await audit.append({ ...record, phase: 'outcome', at: clock.now(), outcome: isDone ? 'ok' : 'superseded', detail });
    // From now on, this is the last good one.
    lockInForce();
    if (isDone) logger.warn('approved at first use', { ...detail, fix: 'Look at switchyard.lock and commit it.' });
    return isDone;
  };
  const judge = async (subject: PinSubject, listed: ListedCatalogue): Promise<CatalogueVerdict> => {
    let judgement = judgeOnce(subject, listed);
    for (let attempt = 1; judgement.firstUseKinds.length > 0; attempt += 1) {
      if (await pinFirstUse(subject, judgement)) break;
      if (attempt === MAX_ATTEMPTS) throw new AppError('UPSTREAM_UNVERIFIED', { data: { upstream: subject.name } });
      judgement = judgeOnce(subject, listed);
    }
    const { approved, quarantined, missing } = judgement;
    const kinds = DEFINITION_KINDS.filter((kind) => wasListed(kind, listed));
    const added = await store.hold(subject.name, { identity: subject.identity, instance: subject.instance ?? '', quarantined, kinds, now: clock.now() });
    await tell(subject.name, added);
    return Object.freeze({ approved, quarantined, missing });
  };
  const tell = async (upstream: string, added: readonly HeldItem[]): Promise<void> => {
    if (added.length === 0) return;
    const fix = 'Run `switchyard approvals ls`.';
    logger.warn('definitions are held back until somebody approves them', {
      upstream,
      count: added.length,
      names: added.slice(0, MAX_RECORDS).map(({ name }) => name),
      fix,
    });
    const base = { event: 'pin_changed', phase: 'notice', target: `upstream:${upstream}`, decision: 'deny' } as const;
    await Promise.all(
      added
        .slice(0, MAX_RECORDS)
        .map(({ id, kind, name, hash, reason, findings }) =>
          audit.append({ ...base, at: clock.now(), detail: { upstream, id, kind, name, hash, reason, rules: findings.map(({ rule }) => rule).join(' ') } }),
        ),
    );
    if (added.length > MAX_RECORDS) await audit.append({ ...base, at: clock.now(), detail: { upstream, further: added.length - MAX_RECORDS } });
  };
  const complain = (failure: unknown): void => {
    const { code, message, fix } = toAppError(failure);
    if (complained === message) return;
    complained = message;
    logger.error('the approved definitions cannot be read; the last good ones, or none, are in force', { code, problem: message, fix });
  };
  /** Approvals, and edits of the lock, act without a new connection. */
  const look = (): void => {
    const now = store.fingerprint();
    if (now === seen) return;
    seen = now;
    try {
      store.lock();
    } catch (failure) {
      complain(failure);
      return;
    }
    for (const gate of gates) {
      gate.judgeAgain().then(
        (isChanged) => {
          if (isChanged) for (const listener of listeners) listener(gate.subject.name);
        },
        (failure: unknown) => logger.warn('pins were not judged again', { upstream: gate.subject.name, problem: toAppError(failure).message }),
      );
    }
    const connected = new Set([...gates].map(({ subject }) => subject.name));
    for (const [name, before] of answered) {
      if (connected.has(name) || isDeepStrictEqual(before, lockInForce().get(name))) continue;
      for (const listener of listeners) listener(name);
    }
  };
  const watch = (): void => {
    if (timer) return;
    seen = store.fingerprint();
    timer = setInterval(look, LOOK_MS).unref();
  };

  return {
    openGate(subject) {
      watch();
      const gate = createGate(subject, { clock, judge: async (listed) => await judge(subject, listed), onClose: () => gates.delete(gate) });
      gates.add(gate);
      return gate;
    },
    approvedOf({ name, policy, identity }) {
      if (policy === 'off') return [];
      watch();
      let locked: LockedUpstream | undefined;
      let held: ReadonlySet<string> = new Set();
      try {
        locked = lockInForce().get(name);
        held = store.heldBack(name, identity);
      } catch (failure) {
        complain(failure);
      }
      answered.set(name, locked);
      if (!locked || !isSameIdentity(locked.identity, identity)) return [];
      // What the server lists in its stead waits: it is hidden also where nobody is connected, such as after a restart.
      return DEFINITION_KINDS.flatMap((kind) => [...(locked.pins.get(kind)?.values() ?? [])].filter((pin) => !held.has(`${kind} ${pin.name}`)));
    },
    subscribe(listener) {
      watch();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearInterval(timer);
      timer = undefined;
      listeners.clear();
      for (const gate of gates) gate.close();
    },
  };
}

function wasListed(kind: DefinitionKind, { tools, prompts, templates, instructions }: ListedCatalogue): boolean {
  return { tool: tools, prompt: prompts, template: templates, instructions }[kind] !== undefined;
}

/** Names of tools by upstream, for what one server says about another's: those approved, those connected, and the list in hand. */
function namesOf(lock: PinLock, gates: ReadonlySet<JudgedGate>, upstream: string, { tools = [] }: ListedCatalogue): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  const add = (owner: string, name: string): void => void (names.get(owner) ?? names.set(owner, new Set()).get(owner))?.add(name);
  for (const [owner, { pins }] of lock) for (const name of pins.get('tool')?.keys() ?? []) add(owner, name);
  for (const { subject, verdict } of gates) for (const { kind, name } of verdict?.approved ?? []) if (kind === 'tool') add(subject.name, name);
  for (const tool of tools) if (isObject(tool) && typeof tool['name'] === 'string') add(upstream, tool['name']);
  return names;
}
