/** @module upstreams/pins/quarantine-file: definitions that wait for a person, one file for each upstream, in the home. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DefinitionKind, PendingApproval, QuarantinedDefinition, QuarantineReason, ScanFinding, UpstreamIdentity } from '../../contracts/pins.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { readPrivateFile, systemCode, writePrivateFile } from '../../core/private-file.ts';
import { hashDefinition } from './definition-hash.ts';
import { isIdentity, MAX_LOCK_BYTES } from './lock-text.ts';
import { DEFINITION_KINDS, isSameIdentity } from './lock.ts';

/** Definitions that are kept for one upstream, and their characters in all. The others are counted, and cannot be approved. */
const MAX_ITEMS = 2_000;
const MAX_CHARACTERS = 8_388_608;
const REASONS: readonly string[] = ['new', 'changed', 'identity-changed', 'suspicious', 'unusable'] satisfies readonly QuarantineReason[];

/** One definition that waits. */
export interface HeldItem extends Omit<PendingApproval, 'upstream' | 'previous'> {
  readonly instance: string;
}

/** What waits of one upstream. */
export interface Quarantine {
  /** Random; another one as soon as anything in it changes. Stands for all of it. */
  readonly snapshot: string;
  readonly items: readonly HeldItem[];
}

/** What was held back in one round. */
export interface HeldRound {
  readonly identity: UpstreamIdentity;
  readonly instance: string;
  readonly quarantined: readonly QuarantinedDefinition[];
  /** Kinds that were listed; of the others, what waits goes on waiting. */
  readonly kinds: readonly DefinitionKind[];
  readonly now: number;
}

const EMPTY: Quarantine = { snapshot: '', items: [] };

/** Path of an upstream's file. */
export function quarantinePath(folder: string, upstream: string): string {
  return join(folder, `${encodeURIComponent(upstream).replaceAll('.', '%2E')}.json`);
}

/** Upstreams that have a file. */
export function quarantinedUpstreams(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => (name.endsWith('.json') ? [decodeURIComponent(name.slice(0, -5))] : []))
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * What waits. A damaged file holds nothing: the next round writes what is held back anew.
 *
 * @throws AppError HOME_INSECURE, STORAGE_UNAVAILABLE
 */
export function readQuarantine(folder: string, upstream: string): Quarantine {
  const text = readPrivateFile(quarantinePath(folder, upstream), { maxBytes: MAX_LOCK_BYTES });
  if (text === undefined) return EMPTY;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value['snapshot'] === 'string' && Array.isArray(value['items']))
      return { snapshot: value['snapshot'], items: value['items'].filter(isItem) };
  } catch {
    // Damaged: as said above.
  }
  return EMPTY;
}

/** Writes what waits, with a new snapshot where it is another set. @throws AppError STORAGE_* */
export function writeQuarantine(folder: string, upstream: string, before: Quarantine, items: readonly HeldItem[]): Quarantine {
  const isSame =
    before.items.length === items.length && items.every(({ id, isRejected }, at) => before.items[at]?.id === id && before.items[at].isRejected === isRejected);
  if (isSame && (before.snapshot !== '' || items.length === 0)) return before;
  const after = { snapshot: randomHex(6), items };
  writePrivateFile(quarantinePath(folder, upstream), `${JSON.stringify(after)}\n`);
  return after;
}

/** What waits after a round: what is the same as before keeps its id and its age; everything else gets new ones. */
export function mergeRound(
  before: Quarantine,
  { identity, instance, quarantined, kinds, now }: HeldRound,
): { readonly items: readonly HeldItem[]; readonly added: readonly HeldItem[] } {
  const isOfRound = (item: HeldItem): boolean => item.instance === instance && kinds.includes(item.kind);
  const old = new Map(before.items.filter(isOfRound).map((item) => [keyOf(item), item]));
  const added: HeldItem[] = [];
  let room = MAX_CHARACTERS;
  const items = quarantined.slice(0, MAX_ITEMS).map(({ kind, name, hash, reason, definition, findings }): HeldItem => {
    const known = old.get(keyOf({ kind, name, hash }));
    room -= definition === null ? 0 : JSON.stringify(definition).length;
    const base = { kind, name, hash, reason, findings, identity, instance, definition: room < 0 ? null : definition };
    if (known && isSameIdentity(known.identity, identity)) return { ...base, id: known.id, since: known.since, isRejected: known.isRejected };
    const item = { ...base, id: randomHex(6), since: now, isRejected: false };
    added.push(item);
    return item;
  });
  return { items: [...before.items.filter((item) => !isOfRound(item)), ...items].slice(-2 * MAX_ITEMS), added };
}

function keyOf({ kind, name, hash }: Pick<HeldItem, 'kind' | 'name' | 'hash'>): string {
  return `${kind} ${hash ?? ''} ${name}`;
}

function isItem(value: unknown): value is HeldItem {
  if (!isObject(value)) return false;
  const { id, instance, identity, kind, name, hash, reason, findings, since, isRejected, definition } = value;
  const texts = [id, instance, name].every((text) => typeof text === 'string');
  const known = DEFINITION_KINDS.find((one) => one === kind);
  if (!texts || known === undefined || typeof reason !== 'string' || !REASONS.includes(reason) || typeof since !== 'number' || typeof isRejected !== 'boolean')
    return false;
  if (!isIdentity(identity) || !Array.isArray(findings) || !findings.every(isFinding)) return false;
  if (hash === null) return definition === null;
  // Approving writes the definition: it must be the one that the hash, and the person, meant.
  return typeof hash === 'string' && (definition === null || (isObject(definition) && isHashOf(known, definition, hash)));
}

function isHashOf(kind: DefinitionKind, definition: JsonObject, hash: string): boolean {
  return hashDefinition(kind, definition) === hash;
}

function isFinding(value: unknown): value is ScanFinding {
  return (
    isObject(value) &&
    typeof value['rule'] === 'string' &&
    typeof value['score'] === 'number' &&
    typeof value['pointer'] === 'string' &&
    typeof value['excerpt'] === 'string'
  );
}
