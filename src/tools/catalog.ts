/** @module tools/catalog: the tools, resources and prompts of this gateway. */
import type { Catalog, CatalogEvent, Listed } from '../contracts/catalog.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../contracts/tool.ts';
import { RecentMap } from '../core/recent-map.ts';
import { createCompletionTarget, createSubscriptionTarget, type Completable } from './completion-target.ts';
import { createListTargets } from './list-targets.ts';
import type { CatalogPorts } from './ports.ts';
import { createPromptTarget, type ListedPrompt } from './prompt-target.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createResourceTarget, type ListedResource } from './resource-target.ts';
import { Shelf } from './shelf.ts';
import { createToolTarget, type ListedTool } from './tool-target.ts';

/** Concrete URIs of templates whose targets are remembered, so that policy can remember its verdict on them. */
const MAX_TEMPLATE_TARGETS = 1_000;

/** How a definition gets in. */
export interface RegisterOptions {
  /** Takes the definition as it is and compiles its schemas at the first call: for those whose tests prove them right. Default false. */
  readonly isTrusted?: boolean;
}

/** A catalogue that authors fill, before and while the gateway runs. */
export interface ToolCatalog extends Catalog {
  /** @throws AppError DEFINITION_INVALID naming the member or the place in a schema; DUPLICATE_NAME */
  registerTool(definition: ToolDefinition, options?: RegisterOptions): void;
  /** Templates are tried in the order of their text; the first that matches a URI serves it. @throws AppError DEFINITION_INVALID, DUPLICATE_NAME */
  registerResource(definition: ResourceDefinition, options?: RegisterOptions): void;
  /** @throws AppError DEFINITION_INVALID, DUPLICATE_NAME */
  registerPrompt(definition: PromptDefinition): void;
  /** Running calls end as they would have. False when there was none of the name. */
  unregisterTool(name: string): boolean;
  /** By URI or by template. */
  unregisterResource(uri: string): boolean;
  unregisterPrompt(name: string): boolean;
  /** Tells subscribers that the content of a resource changed. */
  resourceUpdated(uri: string): void;
  /** What is registered, for people and tools. */
  readonly registry: Registry;
}

/** An empty catalogue. It knows no profiles: every profile sees all of it. */
export function createCatalog(ports: CatalogPorts): ToolCatalog {
  return new OwnCatalog(ports);
}

class OwnCatalog implements ToolCatalog {
  readonly registry: Registry;
  readonly #ports: CatalogPorts;
  readonly #tools = new Shelf<ListedTool>('tool');
  readonly #resources = new Shelf<ListedResource>('resource');
  readonly #templates = new Shelf<ListedResource>('resource template');
  readonly #prompts = new Shelf<ListedPrompt>('prompt');
  readonly #lists: ReadonlyMap<string, Target>;
  readonly #listeners = new Set<(event: CatalogEvent) => void>();
  readonly #templateTargets = new RecentMap<string, Target>(MAX_TEMPLATE_TARGETS);

  constructor(ports: CatalogPorts) {
    this.#ports = ports;
    this.#lists = createListTargets((list) => this.list(list), ports.policy);
    this.registry = createRegistry({
      tools: () => this.#tools.list(),
      resources: () => this.#resources.list(),
      templates: () => this.#templates.list(),
      prompts: () => this.#prompts.list(),
    });
  }

  registerTool(definition: ToolDefinition, { isTrusted = false }: RegisterOptions = {}): void {
    const tool = createToolTarget(definition, this.#ports, isTrusted);
    this.#tools.add(tool.target.name, tool);
    this.#tell({ type: 'tools_changed' });
  }

  registerResource(definition: ResourceDefinition, { isTrusted = false }: RegisterOptions = {}): void {
    const resource = createResourceTarget(definition, this.#ports, isTrusted);
    (resource.template ? this.#templates : this.#resources).add(resource.target.name, resource);
    this.#templateTargets.clear();
    this.#tell({ type: 'resources_changed' });
  }

  registerPrompt(definition: PromptDefinition): void {
    const prompt = createPromptTarget(definition, this.#ports);
    this.#prompts.add(prompt.target.name, prompt);
    this.#tell({ type: 'prompts_changed' });
  }

  unregisterTool(name: string): boolean {
    return this.#tellIf(this.#tools.remove(name), { type: 'tools_changed' });
  }

  unregisterResource(uri: string): boolean {
    this.#templateTargets.clear();
    return this.#tellIf(this.#resources.remove(uri) || this.#templates.remove(uri), { type: 'resources_changed' });
  }

  unregisterPrompt(name: string): boolean {
    return this.#tellIf(this.#prompts.remove(name), { type: 'prompts_changed' });
  }

  resourceUpdated(uri: string): void {
    this.#tell({ type: 'resource_updated', uri });
  }

  resolve(kind: TargetKind, name: string): Target | undefined {
    switch (kind) {
      case 'tool':
        return this.#tools.get(name)?.target;
      case 'resource':
        return this.#resource(name);
      case 'prompt':
        return this.#prompts.get(name)?.target;
      case 'catalog':
        return this.#lists.get(name);
      case 'completion':
        return this.#completion(name);
      case 'subscription':
        return this.#subscription(name);
      default:
        return undefined;
    }
  }

  list(list: Parameters<Catalog['list']>[0]): readonly Listed[] {
    switch (list) {
      case 'tools':
        return this.#tools.list();
      case 'resources':
        return this.#resources.list();
      case 'resourceTemplates':
        return this.#templates.list();
      case 'prompts':
        return this.#prompts.list();
    }
  }

  subscribe(listener: (event: CatalogEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #resource(uri: string): Target | undefined {
    const known = this.#resources.get(uri)?.target ?? this.#templateTargets.get(uri);
    if (known) return known;
    for (const { targetOf } of this.#templates.list()) {
      const target = targetOf(uri);
      if (!target) continue;
      this.#templateTargets.set(uri, target);
      return target;
    }
    return undefined;
  }

  #completion(name: string): Target | undefined {
    const completable = this.#completable(name);
    return completable && createCompletionTarget(name, completable, this.#ports.policy);
  }

  #completable(name: string): Completable | undefined {
    const [, kind, reference = ''] = /^(prompt|resource):(.*)$/s.exec(name) ?? [];
    const prompt = kind === 'prompt' ? this.#prompts.get(reference) : undefined;
    if (prompt)
      return { listed: prompt, names: (prompt.source.arguments ?? []).map((argument) => argument.name), complete: prompt.source.complete?.bind(prompt.source) };
    const resource = kind === 'resource' ? (this.#templates.get(reference) ?? this.#resources.get(reference)) : undefined;
    return resource && { listed: resource, names: resource.template?.variables ?? [], complete: resource.source.complete?.bind(resource.source) };
  }

  #subscription(name: string): Target | undefined {
    if (name === '*') return createSubscriptionTarget(name, undefined, this.#ports.policy);
    const resource = this.#resource(name);
    return resource && createSubscriptionTarget(name, resource, this.#ports.policy);
  }

  #tellIf(isChanged: boolean, event: CatalogEvent): boolean {
    if (isChanged) this.#tell(event);
    return isChanged;
  }

  #tell(event: CatalogEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
