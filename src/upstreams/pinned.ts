/** @module upstreams/pinned: where pins meet a catalogue: without a guard everything is taken as it comes. */
import type { CatalogueVerdict, PinGate, PinGuard, PinnedDefinition } from '../contracts/pins.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import type { JsonObject } from '../core/json.ts';
import type { UpstreamCatalogue } from './catalogue.ts';
import { identityOf } from './pins/identity.ts';

/** A gate for a new connection; undefined without pins. */
export function openGate(name: string, config: UpstreamConfig, pins: PinGuard | undefined): PinGate | undefined {
  return config.pins === 'off' ? undefined : pins?.openGate({ name, policy: config.pins, identity: identityOf(config) });
}

/**
 * The catalogue with the approved definitions only, and these as they were approved. Resources are content, not
 * definitions that speak to a model: they stay.
 */
export function approvedCatalogue(
  catalogue: UpstreamCatalogue,
  name: string,
  config: UpstreamConfig,
  pins: PinGuard | undefined,
  gate: PinGate | undefined,
): UpstreamCatalogue {
  if (!pins || config.pins === 'off') return catalogue;
  const verdict: Pick<CatalogueVerdict, 'approved'> | undefined = gate?.verdict;
  const approved = verdict?.approved ?? pins.approvedOf({ name, policy: config.pins, identity: identityOf(config) });
  const of = (kind: PinnedDefinition['kind']): JsonObject[] => approved.filter((pinned) => pinned.kind === kind).map(({ definition }) => definition);
  return { ...catalogue, tools: of('tool'), prompts: of('prompt'), templates: of('template') };
}
