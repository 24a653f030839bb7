/** @module app/tasks/why-hidden: why a name that could be a tool of an upstream leads to none. */
import { compileNames } from '../../core/name-pattern.ts';
import { exposedName } from '../../upstreams/names.ts';
import { pinStoreOf } from '../pins.ts';
import type { Inspection } from './inspection.ts';

interface Reason {
  readonly rule: string;
  readonly detail: string;
}

/** What hides it, as the rule and the sentence of the explanation; undefined = nothing that is known. @throws AppError PINS_INVALID, STORAGE_* */
export function whyHidden({ foundation, generation, targets }: Inspection, tool: string): Reason | undefined {
  const isListed = new Set(targets.catalog.list('tools').map(({ target }) => target.upstream));
  for (const [name, upstream] of Object.entries(generation.config.upstreams)) {
    const prefix = upstream.prefix ?? name;
    if (!tool.startsWith(`${prefix}__`)) {
      if (!tool.startsWith(`${name}__`)) continue;
      return { rule: 'upstream-prefix', detail: `upstreams.${name}.prefix of the configuration says that its names begin with ${prefix}__.` };
    }
    if (!upstream.isEnabled) return { rule: 'upstream-disabled', detail: `upstreams.${name}.isEnabled of the configuration is false.` };
    const { allow, deny, rename } = upstream.tools;
    const shownAs = (own: string): string => exposedName(prefix, Object.hasOwn(rename, own) ? (rename[own] ?? own) : own);
    const held = pinStoreOf(foundation)
      .pending()
      .flatMap((waiting) => (waiting.upstream === name ? waiting.pending : []))
      .find((item) => item.kind === 'tool' && shownAs(item.name) === tool);
    if (held) {
      const state = held.isRejected ? 'was rejected' : `is ${held.reason} and waits for approval`;
      return { rule: 'quarantine', detail: `Its definition ${state}: \`switchyard approvals show ${held.id}\` shows what changed.` };
    }
    const own = tool.slice(prefix.length + 2);
    if (compileNames(deny)(own)) return { rule: 'upstream-tools', detail: `upstreams.${name}.tools.deny of the configuration leaves it out.` };
    if (allow && !compileNames(allow)(own)) return { rule: 'upstream-tools', detail: `upstreams.${name}.tools.allow of the configuration does not name it.` };
    if (Object.hasOwn(rename, own)) return { rule: 'upstream-tools', detail: `upstreams.${name}.tools.rename of the configuration calls it ${shownAs(own)}.` };
    if (!isListed.has(name))
      return { rule: 'upstream-unlisted', detail: `The upstream ${name} has listed no tools so far: \`switchyard doctor\` says whether it can be reached.` };
  }
  return nameInProfile(generation.config.profiles, targets, tool);
}

/** A name that only some profiles give. */
function nameInProfile(profiles: Readonly<Record<string, unknown>>, { catalog }: Inspection['targets'], tool: string): Reason | undefined {
  const profile = Object.keys(profiles).find((name) => catalog.resolve('tool', tool, name) !== undefined);
  return profile === undefined
    ? undefined
    : { rule: `profile:${profile}`, detail: `The profile ${profile} gives it this name: \`switchyard tools why ${tool} --profile ${profile}\`.` };
}
