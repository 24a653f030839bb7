/** @module contracts/catalog: which targets exist. */
import type { JsonObject } from '../core/json.ts';
import type { Target, TargetKind } from './target.ts';

/** Lists a client can ask for. */
export type CatalogList = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

/** A target that shows up in a list. */
export interface Listed {
  readonly target: Target;
  /** As MCP lists it (Tool, Resource, ResourceTemplate or Prompt object). Frozen. A profile may list it under another name than the target's. */
  readonly definition: JsonObject;
  /** What its upstream calls it; absent for what is the gateway's own. */
  readonly own?: string | undefined;
}

/** Change of the catalogue or of a resource's content. */
export type CatalogEvent =
  | { readonly type: 'tools_changed' | 'resources_changed' | 'prompts_changed' }
  | { readonly type: 'resource_updated'; readonly uri: string };

/** Finds targets and tells of changes. */
export interface Catalog {
  /** Exact name, as the profile lists it; for resources also the templates. Undefined = unknown. The target keeps its own name. */
  resolve(kind: TargetKind, name: string, profile?: string): Target | undefined;
  /** In a stable order (by name). The array is the same object until the list changes. */
  list(list: CatalogList, profile?: string): readonly Listed[];
  /** Returns the way to stop listening. With a profile only what concerns its view is told. */
  subscribe(listener: (event: CatalogEvent) => void, profile?: string): () => void;
  /**
   * Somebody wants to hear of changes of this resource: its source is asked to tell, until the returned function is called.
   * Absent = every source tells unasked. Nothing is checked: who may watch is a call of its own.
   */
  watch?(uri: string, profile?: string): () => void;
}
