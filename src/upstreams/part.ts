/** @module upstreams/part: what some of the upstreams bring together: every name once, found and listed. */
import type { CatalogEvent, CatalogList } from '../contracts/catalog.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import { AppError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import { mergeViews, sortedList, type Merged } from './merge.ts';
import type { UpstreamPorts } from './ports.ts';
import { completionTarget, resourceTarget } from './targets.ts';
import type { Upstream } from './upstream.ts';
import { literalLength, matchesTemplate } from './uri-pattern.ts';
import type { Shown, UpstreamView } from './view.ts';

/** Templates' URIs whose targets are remembered. */
const MAX_TEMPLATE_TARGETS = 1000;

/** Does not change: other views make another part. */
export class UpstreamPart {
  readonly #merged: Merged;
  readonly #isVisible: UpstreamPorts['isVisible'];
  readonly #templateTargets = new RecentMap<string, Target>(MAX_TEMPLATE_TARGETS);
  readonly #lists = new Map<CatalogList, readonly Shown[]>();
  /** Those that say most about their URIs first: one that takes every URI takes none from others. */
  readonly #templates: readonly Shown[];

  /** @param views in the order of their precedence */
  constructor(views: readonly UpstreamView[], isVisible: UpstreamPorts['isVisible']) {
    this.#merged = mergeViews(views);
    this.#isVisible = isVisible;
    this.#templates = [...this.#merged.resourceTemplates.values()].toSorted((one, other) => literalLength(other.own) - literalLength(one.own));
  }

  /** Names that an upstream does not get because another has them. */
  get refused(): Merged['refused'] {
    return this.#merged.refused;
  }

  resolve(kind: TargetKind, name: string): Target | undefined {
    switch (kind) {
      case 'tool':
        return this.#merged.tools.get(name)?.target;
      case 'prompt':
        return this.#merged.prompts.get(name)?.target;
      case 'resource':
        return this.#resource(name);
      case 'completion':
        return this.#completion(name);
      default:
        return undefined;
    }
  }

  /** Sorted by name; the same array each time. */
  list(list: CatalogList): readonly Shown[] {
    const known = this.#lists.get(list);
    if (known) return known;
    const sorted = Object.freeze(sortedList(this.#merged, list));
    this.#lists.set(list, sorted);
    return sorted;
  }

  /** The upstream that a URI leads to: it alone speaks for the resource. */
  ownerOf(uri: string): Upstream | undefined {
    return (this.#merged.resources.get(uri) ?? this.#templateOf(uri))?.upstream;
  }

  /** What is told to clients when this part takes the place of another. */
  changesSince(before: UpstreamPart): readonly CatalogEvent[] {
    const [old, now] = [before.#merged, this.#merged];
    const events: CatalogEvent[] = [];
    if (isOther(old.tools, now.tools)) events.push({ type: 'tools_changed' });
    if (isOther(old.prompts, now.prompts)) events.push({ type: 'prompts_changed' });
    if (isOther(old.resources, now.resources) || isOther(old.resourceTemplates, now.resourceTemplates)) events.push({ type: 'resources_changed' });
    return events;
  }

  #resource(uri: string): Target | undefined {
    const known = this.#merged.resources.get(uri)?.target ?? this.#templateTargets.get(uri);
    if (known) return known;
    const template = this.#templateOf(uri);
    if (!template) return undefined;
    const target = resourceTarget(template.upstream, uri, template.own);
    this.#templateTargets.set(uri, target);
    return target;
  }

  #templateOf(uri: string): Shown | undefined {
    return this.#templates.find(({ own }) => matchesTemplate(own, uri));
  }

  #completion(name: string): Target | undefined {
    const [, kind, reference = ''] = /^(prompt|resource):(.*)$/s.exec(name) ?? [];
    const prompt = kind === 'prompt' ? this.#merged.prompts.get(reference) : undefined;
    if (prompt) return completionTarget(prompt.upstream, name, { type: 'ref/prompt', name: prompt.own }, this.#visibility(prompt));
    const resource = kind === 'resource' ? (this.#merged.resourceTemplates.get(reference) ?? this.#merged.resources.get(reference)) : undefined;
    return resource && completionTarget(resource.upstream, name, { type: 'ref/resource', uri: resource.own }, this.#visibility(resource));
  }

  /** Whoever may not see a prompt or resource may not complete for it. */
  #visibility({ target }: Shown): (principal: Principal) => void {
    return (principal) => {
      if (this.#isVisible(principal, target)) return;
      throw new AppError('PERMISSION_DENIED', { message: `No rule permits ${target.kind} ${target.name.slice(0, 200)}.` });
    };
  }
}

function isOther(before: ReadonlyMap<string, Shown>, after: ReadonlyMap<string, Shown>): boolean {
  if (before.size !== after.size) return true;
  for (const [name, { definition, upstream }] of after) {
    const old = before.get(name);
    if (!old || old.upstream !== upstream || (old.definition !== definition && canonicalJson(old.definition) !== canonicalJson(definition))) return true;
  }
  return false;
}
