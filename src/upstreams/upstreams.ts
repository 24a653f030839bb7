/** @module upstreams/upstreams: all configured upstreams as one part of the catalogue. */
import type { CatalogEvent, CatalogList, Listed } from '../contracts/catalog.ts';
import type { Principal } from '../contracts/principal.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import type { UpstreamsConfig } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import { mergeViews, sortedList, type Merged } from './merge.ts';
import type { UpstreamPorts } from './ports.ts';
import { completionTarget, resourceTarget } from './targets.ts';
import { Upstream } from './upstream.ts';
import { matchesTemplate } from './uri-pattern.ts';
import { createView, type Shown, type UpstreamView } from './view.ts';

/** Templates' URIs whose targets are remembered. */
const MAX_TEMPLATE_TARGETS = 1000;

/** Everything that other MCP servers bring. */
export interface Upstreams {
  /** By the name clients use; of resources also what a template may have. Subscriptions are not made here. */
  resolve(kind: TargetKind, name: string): Target | undefined;
  /** Sorted by name; the same array until something changes. */
  list(list: CatalogList): readonly Listed[];
  subscribe(listener: (event: CatalogEvent) => void): () => void;
  status(): readonly ComponentStatus[];
  /** One configured upstream, for doctor. */
  find(name: string): Upstream | undefined;
  /** Brings the upstreams in line with the configuration. Calls under way at those that go or change end as they would have. */
  apply(config: UpstreamsConfig): void;
  /** Ends every connection and every program. */
  close(): Promise<void>;
}

/** Connects in the background where the configuration says so, unless `isPassive`; waits for nobody. */
export function createUpstreams(
  config: UpstreamsConfig,
  ports: UpstreamPorts,
  { isPassive = false }: { readonly isPassive?: boolean | undefined } = {},
): Upstreams {
  return new ConfiguredUpstreams(config, ports, isPassive);
}

class ConfiguredUpstreams implements Upstreams {
  readonly #ports: UpstreamPorts;
  readonly #isPassive: boolean;
  readonly #listeners = new Set<(event: CatalogEvent) => void>();
  readonly #views = new Map<Upstream, UpstreamView>();
  readonly #templateTargets = new RecentMap<string, Target>(MAX_TEMPLATE_TARGETS);
  readonly #retiring = new Set<Promise<void>>();
  readonly #stopWatchingPins: (() => void) | undefined;
  #config: UpstreamsConfig = {};
  #upstreams = new Map<string, Upstream>();
  #merged: Merged = mergeViews([]);
  #lists = new Map<CatalogList, readonly Shown[]>();

  constructor(config: UpstreamsConfig, ports: UpstreamPorts, isPassive: boolean) {
    this.#ports = ports;
    this.#isPassive = isPassive;
    this.apply(config);
    this.#stopWatchingPins = ports.pins?.subscribe((name) => {
      const upstream = this.#upstreams.get(name);
      if (upstream) this.#onCatalogue(upstream);
    });
  }

  apply(config: UpstreamsConfig): void {
    const next = new Map<string, Upstream>();
    const fresh: Upstream[] = [];
    for (const [name, entry] of Object.entries(config)) {
      if (!entry.isEnabled) continue;
      const running = this.#upstreams.get(name);
      const upstream = running && canonicalJson(running.config) === canonicalJson(entry) ? running : this.#create(name, entry);
      next.set(name, upstream);
      if (upstream !== running) fresh.push(upstream);
    }
    const gone = [...this.#upstreams.values()].filter((upstream) => next.get(upstream.name) !== upstream);
    this.#config = config;
    this.#upstreams = next;
    for (const upstream of gone) this.#retire(upstream);
    for (const upstream of fresh) this.#views.set(upstream, createView(upstream, this.#ports.compile));
    if (gone.length + fresh.length > 0) this.#remerge();
    if (!this.#isPassive) for (const upstream of fresh) upstream.start();
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

  list(list: CatalogList): readonly Listed[] {
    const known = this.#lists.get(list);
    if (known) return known;
    const sorted = Object.freeze(sortedList(this.#merged, list));
    this.#lists.set(list, sorted);
    return sorted;
  }

  subscribe(listener: (event: CatalogEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): readonly ComponentStatus[] {
    return Object.keys(this.#config).map((name) => {
      const upstream = this.#upstreams.get(name);
      if (!upstream) return { name, state: 'off', detail: 'disabled in the configuration' };
      const status = upstream.status();
      const refused = this.#merged.refused.get(name);
      if (!refused || status.state === 'down') return status;
      return { ...status, state: 'degraded', detail: `${refused.length} names are taken by others, such as ${refused[0]?.slice(0, 80)}` };
    });
  }

  find(name: string): Upstream | undefined {
    return this.#upstreams.get(name);
  }

  async close(): Promise<void> {
    this.#stopWatchingPins?.();
    const upstreams = [...this.#upstreams.values()];
    this.#upstreams = new Map();
    await Promise.all([...upstreams.map((upstream) => upstream.close()), ...[...this.#views.keys()].map((upstream) => upstream.close())]);
    await Promise.all(this.#retiring);
  }

  #create(name: string, config: UpstreamsConfig[string]): Upstream {
    const upstream: Upstream = new Upstream(name, config, this.#ports, {
      onCatalogue: () => this.#onCatalogue(upstream),
      onResourceUpdated: (uri) => {
        // A server speaks for its own resources alone.
        if (this.#ownerOf(uri) === upstream) this.#tell({ type: 'resource_updated', uri });
      },
    });
    return upstream;
  }

  #retire(upstream: Upstream): void {
    const retiring = upstream.retire().finally(() => {
      this.#views.delete(upstream);
      this.#retiring.delete(retiring);
    });
    this.#retiring.add(retiring);
  }

  #onCatalogue(upstream: Upstream): void {
    if (this.#upstreams.get(upstream.name) !== upstream) return;
    this.#views.set(upstream, createView(upstream, this.#ports.compile));
    this.#remerge();
  }

  #remerge(): void {
    const before = this.#merged;
    const views = [...this.#upstreams.values()].flatMap((upstream) => this.#views.get(upstream) ?? []);
    this.#merged = mergeViews(views);
    this.#lists = new Map();
    this.#templateTargets.clear();
    if (isOther(before.tools, this.#merged.tools)) this.#tell({ type: 'tools_changed' });
    if (isOther(before.prompts, this.#merged.prompts)) this.#tell({ type: 'prompts_changed' });
    if (isOther(before.resources, this.#merged.resources) || isOther(before.resourceTemplates, this.#merged.resourceTemplates)) {
      this.#tell({ type: 'resources_changed' });
    }
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
    return [...this.#merged.resourceTemplates.values()].find(({ own }) => matchesTemplate(own, uri));
  }

  #ownerOf(uri: string): Upstream | undefined {
    return (this.#merged.resources.get(uri) ?? this.#templateOf(uri))?.upstream;
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
      if (this.#ports.isVisible(principal, target)) return;
      throw new AppError('PERMISSION_DENIED', { message: `No rule permits ${target.kind} ${target.name.slice(0, 200)}.` });
    };
  }

  #tell(event: CatalogEvent): void {
    for (const listener of this.#listeners) listener(event);
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
