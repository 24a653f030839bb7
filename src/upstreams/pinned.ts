/** @module upstreams/pinned: where pins meet a catalogue: without a guard everything is taken as it comes. */
import type { PinGate, PinnedDefinition, PinSubject } from '../contracts/pins.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import type { JsonObject } from '../core/json.ts';
import type { UpstreamCatalogue } from './catalogue.ts';
import { identityOf } from './pins/identity.ts';
import type { UpstreamPorts } from './ports.ts';

type PinPorts = Pick<UpstreamPorts, 'pins' | 'isFromVariable'>;

/** What the operator wrote into the configuration is approved by that. */
function isUnpinned({ pins, transport }: UpstreamConfig): boolean {
  return pins === 'off' || transport === 'rest';
}

/** A gate for a new connection; undefined without pins. */
export function openGate(name: string, config: UpstreamConfig, ports: PinPorts): PinGate | undefined {
  return isUnpinned(config) ? undefined : ports.pins?.openGate(subjectOf(name, config, ports));
}

/**
 * The catalogue with the approved definitions only, and these as they were approved. Resources are content, not
 * definitions that speak to a model: they stay.
 */
export function approvedCatalogue(
  catalogue: UpstreamCatalogue,
  name: string,
  config: UpstreamConfig,
  ports: PinPorts,
  gate: PinGate | undefined,
): UpstreamCatalogue {
  if (!ports.pins || isUnpinned(config)) return catalogue;
  const approved = gate?.verdict?.approved ?? ports.pins.approvedOf(subjectOf(name, config, ports));
  const of = (kind: PinnedDefinition['kind']): JsonObject[] => approved.filter((pinned) => pinned.kind === kind).map(({ definition }) => definition);
  const text = of('instructions')[0]?.['text'];
  return { ...catalogue, tools: of('tool'), prompts: of('prompt'), templates: of('template'), instructions: typeof text === 'string' ? text : null };
}

function subjectOf(name: string, config: UpstreamConfig, { isFromVariable }: PinPorts): PinSubject {
  return { name, policy: config.pins, identity: identityOf(config, (pointer) => isFromVariable?.(`/upstreams/${name}${pointer}`) === true) };
}
