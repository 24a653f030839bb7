/** @module upstreams/pins/pin-store: the lock and the quarantine on disk, shared by every process of the home. */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DefinitionKind, PendingApproval, PinnedDefinition, UpstreamIdentity } from '../../contracts/pins.ts';
import { AppError } from '../../core/errors.ts';
import { withFileLock } from '../../core/file-lock.ts';
import { systemCode } from '../../core/private-file.ts';
import { MAX_LOCK_BYTES, parseLock, printLock } from './lock-text.ts';
import { isSameIdentity, withPins, type PinLock } from './lock.ts';
import {
  mergeRound,
  quarantinedUpstreams,
  quarantinePath,
  readQuarantine,
  writeQuarantine,
  type HeldItem,
  type HeldRound,
  type Quarantine,
} from './quarantine-file.ts';

/** Where it lies. */
export interface PinStoreOptions {
  /** Absolute path of switchyard.lock. */
  readonly lockPath: string;
  /** How messages call it. Default: its name. */
  readonly label?: string | undefined;
  /** Folder of the quarantine, in the home; made when needed. */
  readonly folder: string;
  /** Replaces a file whole, so that readers see the old text or the new one. @throws AppError */
  readonly replace: (path: string, text: string) => void;
}

/** What waits of one upstream, for people. */
export interface PendingUpstream {
  readonly upstream: string;
  /** Approves all of `pending` that can be approved, and only as long as it is exactly this. */
  readonly snapshot: string;
  readonly pending: readonly PendingApproval[];
}

/** The files. */
export interface PinStore {
  /** The lock; empty where there is no file. Read again only when the file changed. @throws AppError PINS_INVALID */
  lock(): PinLock;
  /** Differs whenever the lock may have changed. */
  fingerprint(): string;
  /** Adds pins of a first use. False when somebody was first meanwhile: judge again. @throws AppError PINS_INVALID, STORAGE_*, and as `replace` does */
  pinFirstUse(upstream: string, identity: UpstreamIdentity, pins: readonly PinnedDefinition[], kinds: readonly DefinitionKind[]): Promise<boolean>;
  /** Approves definitions without a round. @throws as above */
  pinShown(upstream: string, identity: UpstreamIdentity, pins: readonly PinnedDefinition[]): Promise<void>;
  /** Writes down what a round held back. @returns what was not held back before @throws AppError STORAGE_* */
  hold(upstream: string, round: HeldRound): Promise<readonly HeldItem[]>;
  /** Names of what the last round of the upstream's shared connection held back, as `kind name`, where the hash is another one than the lock's. @throws AppError PINS_INVALID, HOME_INSECURE, STORAGE_* */
  heldBack(upstream: string, identity: UpstreamIdentity): ReadonlySet<string>;
  /** Everything that waits, by upstream. @throws AppError PINS_INVALID, STORAGE_* */
  pending(): readonly PendingUpstream[];
  /**
   * Approves what the ids stand for: exactly these definitions, whatever is listed now. All or nothing.
   *
   * @param ids of definitions, or snapshots of upstreams
   * @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS for what cannot be approved, PINS_INVALID, STORAGE_*
   */
  approve(ids: readonly string[]): Promise<readonly PendingApproval[]>;
  /** Marks what the ids stand for as refused: it is not counted among what waits any more. @throws AppError APPROVAL_UNKNOWN, STORAGE_* */
  reject(ids: readonly string[]): Promise<readonly PendingApproval[]>;
}

/** Touches no file before its first use. */
export function createPinStore({ lockPath, label = basename(lockPath), folder, replace }: PinStoreOptions): PinStore {
  let known: { readonly fingerprint: string; readonly lock: PinLock } | undefined;
  const fingerprint = (): string => fingerprintOf(lockPath);
  const lock = (): PinLock => {
    const now = fingerprint();
    if (known?.fingerprint !== now) known = { fingerprint: now, lock: readLock(lockPath, label) };
    return known.lock;
  };
  const change = async <T>(work: (lock: PinLock) => { readonly lock: PinLock | undefined; readonly result: T }): Promise<T> =>
    await withFileLock(lockPath, label, () => {
      const { lock: changed, result } = work(readLock(lockPath, label));
      if (changed) write(changed);
      return result;
    });
  const write = (changed: PinLock): void => {
    const text = printLock(changed);
    if (Buffer.byteLength(text) > MAX_LOCK_BYTES)
      throw new AppError('STORAGE_FULL', {
        message: `${label} would have more than ${MAX_LOCK_BYTES} bytes.`,
        fix: 'Allow fewer tools, or remove upstreams from it.',
      });
    replace(lockPath, text);
  };
  const settle = async (upstream: string, map: (item: HeldItem) => HeldItem | undefined): Promise<void> => {
    await withFileLock(quarantinePath(folder, upstream), 'the quarantine', () => {
      const before = readQuarantine(folder, upstream);
      const items = before.items.flatMap((item) => map(item) ?? []);
      writeQuarantine(folder, upstream, before, items);
    });
  };
  return {
    lock,
    fingerprint,
    pinFirstUse: (upstream, identity, pins, kinds) =>
      change((current) => {
        const entry = current.get(upstream);
        const isTaken = entry !== undefined && (!isSameIdentity(entry.identity, identity) || kinds.some((kind) => entry.pins.has(kind)));
        return { lock: isTaken ? undefined : withPins(current, upstream, identity, pins, kinds), result: !isTaken };
      }),
    pinShown: (upstream, identity, pins) => change((current) => ({ lock: withPins(current, upstream, identity, pins), result: undefined })),
    async hold(upstream, round) {
      // Nothing to write in nearly every round.
      if (round.quarantined.length === 0 && readQuarantine(folder, upstream).items.length === 0) return [];
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return await withFileLock(quarantinePath(folder, upstream), 'the quarantine', () => {
        const before = readQuarantine(folder, upstream);
        const { items, added } = mergeRound(before, round);
        writeQuarantine(folder, upstream, before, items);
        return added;
      });
    },
    heldBack(upstream, identity) {
      const pins = lock().get(upstream)?.pins;
      const held = readQuarantine(folder, upstream).items.filter(
        (item) => item.instance === '' && isSameIdentity(item.identity, identity) && pins?.get(item.kind)?.get(item.name)?.hash !== item.hash,
      );
      return new Set(held.map(({ kind, name }) => `${kind} ${name}`));
    },
    pending: () => pendingOf(folder, lock()),
    async approve(ids) {
      const chosen = choose(pendingOf(folder, lock()), ids);
      const pins = chosen.map(toPin);
      await change((current) => ({
        lock: chosen.reduce((changed, item, at) => withPins(changed, item.upstream, item.identity, pins.slice(at, at + 1)), current),
        result: undefined,
      }));
      const done = new Set(chosen.map(({ id }) => id));
      for (const upstream of new Set(chosen.map((item) => item.upstream))) await settle(upstream, (item) => (done.has(item.id) ? undefined : item));
      return chosen;
    },
    async reject(ids) {
      const chosen = choose(pendingOf(folder, lock()), ids);
      const done = new Set(chosen.map(({ id }) => id));
      for (const upstream of new Set(chosen.map((item) => item.upstream)))
        await settle(upstream, (item) => (done.has(item.id) ? { ...item, isRejected: true } : item));
      return chosen;
    },
  };
}

function pendingOf(folder: string, lock: PinLock): readonly PendingUpstream[] {
  return quarantinedUpstreams(folder).flatMap((upstream) => {
    const { snapshot, items }: Quarantine = readQuarantine(folder, upstream);
    if (items.length === 0) return [];
    const pins = lock.get(upstream)?.pins;
    const pending = items.map(({ instance: _instance, ...item }) => ({ ...item, upstream, previous: pins?.get(item.kind)?.get(item.name) ?? null }));
    return [{ upstream, snapshot, pending }];
  });
}

/** @throws AppError APPROVAL_UNKNOWN, INVALID_PARAMS */
function choose(all: readonly PendingUpstream[], ids: readonly string[]): readonly PendingApproval[] {
  const chosen = new Map<string, PendingApproval>();
  for (const id of ids) {
    const snapshot = all.find((one) => one.snapshot === id);
    const found = snapshot
      ? snapshot.pending.filter(({ isRejected, definition }) => !isRejected && definition !== null)
      : all.flatMap(({ pending }) => pending.filter((item) => item.id === id));
    if (found.length === 0)
      throw new AppError('APPROVAL_UNKNOWN', { message: `No definition waits under ${id.slice(0, 64)}: it changed, was decided, or is gone.` });
    for (const item of found) chosen.set(item.id, item);
  }
  return [...chosen.values()];
}

/** @throws AppError INVALID_PARAMS */
function toPin({ id, kind, name, hash, definition, findings }: PendingApproval): PinnedDefinition {
  if (hash !== null && definition !== null) return { kind, name, hash, definition };
  const why = findings[0]?.excerpt ?? 'it is too large to be kept.';
  throw new AppError('INVALID_PARAMS', { message: `${id} cannot be approved: ${why}`, fix: 'The author of the server has to mend the definition.' });
}

/** Differs between two states of a file that is only ever replaced whole. */
function fingerprintOf(path: string): string {
  let facts: Stats | undefined;
  try {
    facts = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return `unreadable ${systemCode(error)}`;
  }
  return facts ? `${facts.dev} ${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}` : 'absent';
}

function readLock(path: string, label: string): PinLock {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.size > MAX_LOCK_BYTES)
      throw new AppError('PINS_INVALID', {
        message: `${label} is no regular file of at most ${MAX_LOCK_BYTES} bytes.`,
        fix: 'Restore it from version control.',
      });
    return parseLock(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), label);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Map();
    if (AppError.is(error)) throw error;
    throw new AppError('PINS_INVALID', {
      message: `${label} cannot be read (${systemCode(error) || 'unknown error'}).`,
      fix: `Give this user the permission to read it in ${basename(dirname(path)) || 'its folder'}.`,
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
