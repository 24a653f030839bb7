/** @module upstreams/upstreams: all configured upstreams as one part of the catalogue. */
import type { CatalogEvent, CatalogList, Listed } from '../contracts/catalog.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import type { UpstreamsConfig } from '../contracts/upstreams-config.ts';
import { canonicalJson } from '../core/json.ts';
import { UpstreamPart } from './part.ts';
import { Openings } from './openings.ts';
import type { UpstreamPorts } from './ports.ts';
import { ResourceWatches } from './resource-watches.ts';
import { Upstream } from './upstream.ts';
import { createView, type UpstreamView } from './view.ts';

/** Names of upstreams in the order of their precedence; undefined = all, as the configuration has them. */
export type Among = readonly string[] | undefined;

/** Everything that other MCP servers bring. */
export interface Upstreams {
  /** By the name clients use; of resources also what a template may have. Subscriptions are not made here. */
  resolve(kind: TargetKind, name: string, among?: Among): Target | undefined;
  /** Sorted by name; the same array until something changes. */
  list(list: CatalogList, among?: Among): readonly Listed[];
  /** Updates of a resource are told by the upstream that its URI leads to; changes of lists of any upstream. */
  subscribe(listener: (event: CatalogEvent) => void, among?: Among): () => void;
  /** The upstream that the URI leads to is asked to tell of changes, until the returned function is called; over all reconnections. */
  watch(uri: string, among?: Among): () => void;
  status(): readonly ComponentStatus[];
  /** One configured upstream, for doctor. */
  find(name: string): Upstream | undefined;
  /** Brings the upstreams in line with the configuration. Calls under way at those that go or change end as they would have. */
  apply(config: UpstreamsConfig): void;
  /** Ends every connection and every program. */
  close(): Promise<void>;
}

/** How it begins. */
export interface UpstreamsBeginning {
  /** Nothing is connected to unasked. Default false. */
  readonly isPassive?: boolean | undefined;
  /** Milliseconds from now to the first connection that nobody asked for. Default 0. */
  readonly pauseMs?: number | undefined;
}

/** Connects in the background where the configuration says so; waits for nobody. */
export function createUpstreams(config: UpstreamsConfig, ports: UpstreamPorts, { isPassive = false, pauseMs = 0 }: UpstreamsBeginning = {}): Upstreams {
  return new ConfiguredUpstreams(config, ports, isPassive, pauseMs);
}

class ConfiguredUpstreams implements Upstreams {
  readonly #ports: UpstreamPorts;
  readonly #isPassive: boolean;
  readonly #listeners = new Map<(event: CatalogEvent) => void, Among>();
  readonly #views = new Map<Upstream, UpstreamView>();
  readonly #watches = new ResourceWatches();
  readonly #retiring = new Set<Promise<void>>();
  readonly #openings: Openings;
  readonly #stopWatchingPins: (() => void) | undefined;
  #config: UpstreamsConfig = {};
  #upstreams = new Map<string, Upstream>();
  #whole: UpstreamPart;
  /** By the names of their upstreams: as many as profiles that name some. */
  #parts = new Map<string, UpstreamPart>();

  constructor(config: UpstreamsConfig, ports: UpstreamPorts, isPassive: boolean, pauseMs: number) {
    this.#ports = ports;
    this.#isPassive = isPassive;
    this.#openings = new Openings(pauseMs);
    this.#whole = new UpstreamPart([], ports.isVisible);
    this.apply(config);
    this.#stopWatchingPins = ports.pins?.subscribe((name) => {
      const upstream = this.#upstreams.get(name);
      if (!upstream) return;
      this.#onCatalogue(upstream);
      // Nothing of it is approved any more, and nobody can call it: what it lists next is looked at anew.
      if (!this.#isPassive && upstream.catalogue.tools.length === 0) void upstream.seek();
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
    if (!this.#isPassive) this.#openings.add(fresh);
  }

  resolve(kind: TargetKind, name: string, among?: Among): Target | undefined {
    return this.#part(among).resolve(kind, name);
  }

  list(list: CatalogList, among?: Among): readonly Listed[] {
    return this.#part(among).list(list);
  }

  subscribe(listener: (event: CatalogEvent) => void, among?: Among): () => void {
    this.#listeners.set(listener, among);
    return () => this.#listeners.delete(listener);
  }

  watch(uri: string, among?: Among): () => void {
    return this.#watches.add(among?.join(' ') ?? '', uri, () => this.#part(among).ownerOf(uri));
  }

  status(): readonly ComponentStatus[] {
    return Object.keys(this.#config).map((name) => {
      const upstream = this.#upstreams.get(name);
      if (!upstream) return { name, state: 'off', detail: 'disabled in the configuration' };
      const status = upstream.status();
      const refused = this.#whole.refused.get(name);
      if (!refused || status.state === 'down') return status;
      return { ...status, state: 'degraded', detail: `${refused.length} names are taken by others, such as ${refused[0]?.slice(0, 80)}` };
    });
  }

  find(name: string): Upstream | undefined {
    return this.#upstreams.get(name);
  }

  async close(): Promise<void> {
    this.#stopWatchingPins?.();
    this.#openings.close();
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
        this.#tell({ type: 'resource_updated', uri }, (among) => this.#part(among).ownerOf(uri) === upstream);
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
    const before = this.#whole;
    this.#parts = new Map();
    this.#whole = new UpstreamPart(this.#viewsOf([...this.#upstreams.keys()]), this.#ports.isVisible);
    this.#watches.realign();
    for (const event of this.#whole.changesSince(before)) this.#tell(event);
    // Where two have one URI, a part can change while the whole does not: profiles look for themselves.
    if (this.#whole.refused.size + before.refused.size > 0) this.#tell({ type: 'resources_changed' }, (among) => among !== undefined);
  }

  #part(among: Among): UpstreamPart {
    if (among === undefined) return this.#whole;
    const key = among.join(' ');
    const known = this.#parts.get(key);
    if (known) return known;
    const part = new UpstreamPart(this.#viewsOf(among), this.#ports.isVisible);
    this.#parts.set(key, part);
    return part;
  }

  #viewsOf(names: readonly string[]): readonly UpstreamView[] {
    return names.flatMap((name) => {
      const upstream = this.#upstreams.get(name);
      return (upstream && this.#views.get(upstream)) ?? [];
    });
  }

  #tell(event: CatalogEvent, isConcerned?: (among: Among) => boolean): void {
    for (const [listener, among] of this.#listeners) if (!isConcerned || isConcerned(among)) listener(event);
  }
}
