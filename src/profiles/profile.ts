/** @module profiles/profile: one virtual server: a catalogue that shows part of another, under names of its own. */
import type { Catalog, CatalogEvent, CatalogList, Listed } from '../contracts/catalog.ts';
import type { ProfilePorts, ProfileSpec } from '../contracts/profiles.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import { canonicalJson } from '../core/json.ts';
import { uriSpellings } from '../core/uri-spellings.ts';
import { lensOf, viewThrough, type Lens, type View } from './view.ts';

interface Looked {
  readonly source: readonly Listed[];
  readonly view: View;
}

type ListChange = Exclude<CatalogEvent['type'], 'resource_updated'>;

const LISTS_OF: Readonly<Record<ListChange, readonly CatalogList[]>> = {
  tools_changed: ['tools'],
  prompts_changed: ['prompts'],
  resources_changed: ['resources', 'resourceTemplates'],
};
const CHANGES = Object.keys(LISTS_OF) as readonly ListChange[];
/** Servers resolve such segments: a URI with one may lead out of the part that a pattern names. */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\?#]|%2f|%5c|$)/i;

/** What is not shown is unknown, whatever it is called elsewhere. */
export class Profile implements Catalog {
  readonly #ports: ProfilePorts;
  readonly #listeners = new Set<(event: CatalogEvent) => void>();
  readonly #lists: ReadonlyMap<string, Target>;
  #spec: ProfileSpec;
  #base: Catalog;
  #lenses = new Map<CatalogList, Lens>();
  #known = new WeakMap<Listed, Listed>();
  #looked = new Map<CatalogList, Looked>();
  /** What listeners know of, by list. */
  #told = new Map<CatalogList, readonly Listed[]>();
  #stopListening: (() => void) | undefined;

  constructor(spec: ProfileSpec, ports: ProfilePorts) {
    this.#ports = ports;
    this.#spec = spec;
    this.#base = baseOf(spec, ports);
    this.#lists = ports.listTargets((list) => this.list(list));
  }

  get spec(): ProfileSpec {
    return this.#spec;
  }

  list(list: CatalogList): readonly Listed[] {
    return this.#view(list).listed;
  }

  resolve(kind: TargetKind, name: string): Target | undefined {
    switch (kind) {
      case 'catalog':
        return this.#lists.get(name);
      case 'tool':
        return this.#view('tools').byName.get(name)?.target;
      case 'prompt':
        return this.#view('prompts').byName.get(name)?.target;
      case 'resource':
        return this.#resource(name);
      case 'subscription':
        return name === '*' || this.#resource(name) ? this.#base.resolve('subscription', name) : undefined;
      case 'completion':
        return this.#completion(name);
      default:
        return this.#base.resolve(kind, name);
    }
  }

  watch(uri: string): () => void {
    return this.#base.watch?.(uri) ?? (() => undefined);
  }

  subscribe(listener: (event: CatalogEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#listen();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#unlisten();
    };
  }

  /** Shows from now on what this says; listeners are told of the lists that change by it. */
  reconfigure(spec: ProfileSpec): void {
    const isListening = this.#stopListening !== undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#spec = spec;
    this.#base = baseOf(spec, this.#ports);
    this.#lenses = new Map();
    this.#known = new WeakMap();
    this.#looked = new Map();
    if (!isListening) return;
    this.#stopListening = this.#base.subscribe((event) => this.#onEvent(event));
    for (const type of CHANGES) this.#onEvent({ type });
  }

  #listen(): void {
    if (this.#stopListening) return;
    for (const list of CHANGES.flatMap((type) => LISTS_OF[type])) this.#told.set(list, this.list(list));
    this.#stopListening = this.#base.subscribe((event) => this.#onEvent(event));
  }

  #unlisten(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#told.clear();
  }

  #onEvent(event: CatalogEvent): void {
    if (event.type === 'resource_updated') {
      if (this.#resource(event.uri)) this.#tell(event);
      return;
    }
    const changed = LISTS_OF[event.type].filter((list) => isOther(this.#told.get(list) ?? [], this.list(list)));
    for (const list of changed) this.#told.set(list, this.list(list));
    if (changed.length > 0) this.#tell(event);
  }

  #tell(event: CatalogEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #lens(list: CatalogList): Lens {
    const known = this.#lenses.get(list);
    if (known) return known;
    const lens = lensOf(this.#spec, list);
    this.#lenses.set(list, lens);
    return lens;
  }

  #view(list: CatalogList): View {
    const source = this.#base.list(list);
    const known = this.#looked.get(list);
    if (known?.source === source) return known.view;
    const view = viewThrough(this.#lens(list), source, this.#known);
    this.#looked.set(list, { source, view });
    return view;
  }

  #resource(uri: string): Target | undefined {
    const target = this.#base.resolve('resource', uri);
    if (!target) return undefined;
    const lens = this.#lens('resources');
    if (!lens.isRestricted || target.template === undefined) return lens.isShown(uri) ? target : undefined;
    // Of a template that is shown every URI is, unless it is denied by itself or may lead elsewhere.
    const { isShown } = lensOf({ ...this.#spec, resources: { ...this.#spec.resources, allow: null } }, 'resources');
    const isDenied = !uriSpellings(uri).every(isShown);
    return lens.isShown(target.template) && !isDenied && !DOT_SEGMENT.test(uri) ? target : undefined;
  }

  #completion(name: string): Target | undefined {
    const [, kind, reference = ''] = /^(prompt|resource):(.*)$/s.exec(name) ?? [];
    if (kind === 'prompt') {
      const prompt = this.#view('prompts').byName.get(reference);
      return prompt && this.#base.resolve('completion', `prompt:${prompt.target.name}`);
    }
    const isShown = this.#view('resourceTemplates').byName.has(reference) || this.#view('resources').byName.has(reference);
    return kind === 'resource' && isShown ? this.#base.resolve('completion', name) : undefined;
  }
}

function baseOf({ upstreams, hasOwn }: ProfileSpec, { catalogOf }: ProfilePorts): Catalog {
  return catalogOf(hasOwn ?? upstreams === null, upstreams ?? undefined);
}

function isOther(before: readonly Listed[], after: readonly Listed[]): boolean {
  return before.length !== after.length || before.some((one, index) => isOtherEntry(one, after[index]));
}

function isOtherEntry(before: Listed, after: Listed | undefined): boolean {
  return before.definition !== after?.definition && canonicalJson(before.definition) !== canonicalJson(after?.definition);
}
