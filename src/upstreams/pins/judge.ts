/** @module upstreams/pins/judge: what was listed, held against what was approved. Pure. */
import type {
  CatalogueVerdict,
  DefinitionKind,
  ListedCatalogue,
  PinnedDefinition,
  PinPolicy,
  QuarantinedDefinition,
  QuarantineReason,
  ScanFinding,
  UpstreamIdentity,
} from '../../contracts/pins.ts';
import { deepFreeze, type JsonObject } from '../../core/json.ts';
import { isSuspicious } from '../scan/scan-definition.ts';
import { examineDefinition } from './definition-hash.ts';
import { isSameIdentity, type LockedUpstream } from './lock.ts';

/** Definitions of one kind that are looked at: hashing and scanning the lists of others costs time. */
export const MAX_DEFINITIONS = 2_000;
/** First uses of one upstream in characters of canonical JSON; what is beyond waits for a person. */
const MAX_FIRST_USE_CHARACTERS = 8_388_608;

/** What is judged. */
export interface JudgeInput {
  /** Undefined = this upstream was never approved. */
  readonly locked: LockedUpstream | undefined;
  readonly identity: UpstreamIdentity;
  readonly policy: PinPolicy;
  readonly listed: ListedCatalogue;
  /** @param characters of its canonical JSON */
  readonly scan: (pin: PinnedDefinition, characters: number) => readonly ScanFinding[];
}

/** The verdict, with what the first use adds to the lock. Nothing of `firstUse` is approved before it was written there. */
export interface Judgement extends CatalogueVerdict {
  /** A subset of `approved`. */
  readonly firstUse: readonly PinnedDefinition[];
  /** Kinds that were listed for the first time, with or without definitions. */
  readonly firstUseKinds: readonly DefinitionKind[];
}

interface Held {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly hash: string | null;
  readonly definition: JsonObject | null;
}

/** Judges complete lists. Definitions in the result are frozen; the approved ones are those of the lock. */
export function judgeCatalogue({ locked, identity, policy, listed, scan }: JudgeInput): Judgement {
  const isKnown = locked !== undefined && isSameIdentity(locked.identity, identity);
  const approved: PinnedDefinition[] = [];
  const quarantined: QuarantinedDefinition[] = [];
  const missing: CatalogueVerdict['missing'][number][] = [];
  const firstUse: PinnedDefinition[] = [];
  const firstUseKinds: DefinitionKind[] = [];
  let room = MAX_FIRST_USE_CHARACTERS;
  const hold = (held: Held, reason: QuarantineReason, previous: PinnedDefinition | undefined, findings: readonly ScanFinding[]): void => {
    quarantined.push(deepFreeze({ ...held, reason, previous: previous ?? null, findings }));
  };
  for (const [kind, values] of listsOf(listed)) {
    const pins = locked?.pins.get(kind);
    const isFirst = policy === 'trust-first-use' && (locked === undefined || (isKnown && pins === undefined));
    if (isFirst) firstUseKinds.push(kind);
    const { usable, unusable } = examineAll(kind, values);
    for (const [name, problem] of unusable) hold({ kind, name, hash: null, definition: null }, 'unusable', pins?.get(name), [unusableFinding(problem)]);
    for (const { characters, ...pin } of usable.values()) {
      const known = pins?.get(pin.name);
      if (policy === 'off') approved.push(deepFreeze(pin));
      else if (isKnown && known?.hash === pin.hash) approved.push(known);
      else {
        const findings = scan(pin, characters);
        const isTrusted = isFirst && !isSuspicious(findings) && characters <= room;
        if (isTrusted) room -= characters;
        if (isTrusted) firstUse.push(deepFreeze(pin));
        if (isTrusted) approved.push(pin);
        else hold(pin, reasonOf({ isFirst, isKnown, hasEntry: locked !== undefined, known, isSuspicious: isSuspicious(findings) }), known, findings);
      }
    }
    const names = new Set([...usable.keys(), ...unusable.keys()]);
    if (isKnown) for (const pin of pins?.values() ?? []) if (!names.has(pin.name)) missing.push({ kind, name: pin.name, hash: pin.hash });
  }
  return { approved, quarantined, missing, firstUse, firstUseKinds };
}

interface Case {
  readonly isFirst: boolean;
  readonly isKnown: boolean;
  readonly hasEntry: boolean;
  readonly known: PinnedDefinition | undefined;
  readonly isSuspicious: boolean;
}

function reasonOf({ isFirst, isKnown, hasEntry, known, isSuspicious: isOdd }: Case): QuarantineReason {
  if (isFirst) return isOdd ? 'suspicious' : 'new';
  if (hasEntry && !isKnown) return 'identity-changed';
  return known ? 'changed' : 'new';
}

function listsOf({ tools, prompts, templates, instructions }: ListedCatalogue): readonly (readonly [DefinitionKind, readonly unknown[]])[] {
  const spoken = instructions === null || instructions === '' ? [] : [{ name: 'instructions', text: instructions }];
  const lists = [
    ['instructions', instructions === undefined ? undefined : spoken],
    ['prompt', prompts],
    ['template', templates],
    ['tool', tools],
  ] as const;
  return lists.flatMap(([kind, values]) => (values === undefined ? [] : [[kind, values] as const]));
}

interface Examined {
  readonly usable: ReadonlyMap<string, PinnedDefinition & { readonly characters: number }>;
  /** Name → what is wrong. */
  readonly unusable: ReadonlyMap<string, string>;
}

function examineAll(kind: DefinitionKind, values: readonly unknown[]): Examined {
  const usable = new Map<string, PinnedDefinition & { readonly characters: number }>();
  const unusable = new Map<string, string>();
  for (const value of values.slice(0, MAX_DEFINITIONS)) {
    const examined = examineDefinition(kind, value);
    if ('problem' in examined) {
      unusable.set(examined.name, examined.problem);
      continue;
    }
    const twin = usable.get(examined.name);
    // Two under one name: nobody can say which of them would be called.
    if (twin && twin.hash !== examined.hash) unusable.set(examined.name, 'Two different definitions have this name.');
    else usable.set(examined.name, { kind, ...examined });
  }
  for (const name of unusable.keys()) usable.delete(name);
  if (values.length > MAX_DEFINITIONS) unusable.set('', `${values.length - MAX_DEFINITIONS} more than the ${MAX_DEFINITIONS} that are looked at.`);
  return { usable, unusable };
}

function unusableFinding(problem: string): ScanFinding {
  return { rule: 'unusable', score: 0, pointer: '', excerpt: problem };
}
