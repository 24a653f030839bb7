/** @module app/tasks/why-hidden: why a name that could be a tool of an upstream leads to none. */
import { compileNames } from '../../core/name-pattern.ts';
import { exposedName } from '../../upstreams/names.ts';
import { pinStoreOf } from '../pins.ts';
import type { Inspection } from './inspection.ts';

/** What hides it, as the rule and the sentence of the explanation; undefined = nothing that is known. @throws AppError PINS_INVALID, STORAGE_* */
export function whyHidden({ foundation, generation }: Inspection, tool: string): { readonly rule: string; readonly detail: string } | undefined {
  for (const [name, upstream] of Object.entries(generation.config.upstreams)) {
    const prefix = upstream.prefix ?? name;
    if (!tool.startsWith(`${prefix}__`)) continue;
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
  }
  return undefined;
}
