/** @module upstreams/pins/lock: approved definitions in memory, and what an approval makes of them. */
import type { DefinitionKind, PinnedDefinition, UpstreamIdentity } from '../../contracts/pins.ts';
import { canonicalJson } from '../../core/json.ts';

/** Every kind, in the order of the file and of lists. */
export const DEFINITION_KINDS: readonly DefinitionKind[] = ['instructions', 'prompt', 'template', 'tool'];

/** The pins of one upstream. A kind that is absent was never listed: its first list is a first use; one that is there, empty or not, was. */
export interface LockedUpstream {
  readonly identity: UpstreamIdentity;
  readonly pins: ReadonlyMap<DefinitionKind, ReadonlyMap<string, PinnedDefinition>>;
}

/** Upstreams by name. */
export type PinLock = ReadonlyMap<string, LockedUpstream>;

/** Whether both name the same program or server. */
export function isSameIdentity(left: UpstreamIdentity, right: UpstreamIdentity): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * The lock with these definitions approved for the upstream. Approvals for another identity end: they were given to
 * something else.
 *
 * @param listedKinds kinds whose first use is over with this
 */
export function withPins(
  lock: PinLock,
  upstream: string,
  identity: UpstreamIdentity,
  added: readonly PinnedDefinition[],
  listedKinds: readonly DefinitionKind[] = DEFINITION_KINDS,
): PinLock {
  const found = lock.get(upstream);
  const before = found && isSameIdentity(found.identity, identity) ? found.pins : new Map<DefinitionKind, ReadonlyMap<string, PinnedDefinition>>();
  const pins = new Map<DefinitionKind, Map<string, PinnedDefinition>>();
  for (const kind of DEFINITION_KINDS) {
    const known = before.get(kind);
    if (known || listedKinds.includes(kind)) pins.set(kind, new Map(known));
  }
  for (const pin of added) pins.get(pin.kind)?.set(pin.name, pin);
  return new Map([...lock, [upstream, { identity, pins }]]);
}
