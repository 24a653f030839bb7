/** @module tools/registry: what is registered, in words and numbers. */
import type { Listed } from '../contracts/catalog.ts';
import type { ToolAnnotations } from '../contracts/tool.ts';
import type { JsonObject } from '../core/json.ts';
import { lintTool, type Finding } from './lint.ts';
import type { EffectiveMetadata, Runtime } from './metadata.ts';
import type { ListedTool } from './tool-target.ts';

/** One tool in the registry's list. */
export interface ToolRecord {
  readonly name: string;
  readonly title: string | null;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly annotations: ToolAnnotations;
  readonly metadata: EffectiveMetadata;
  /** Why it runs in the gateway's own process; null = it does not, or its author gave no reason: the runtime tells which. */
  readonly inProcess: string | null;
}

/** Counts over everything registered. */
export interface RegistryStats {
  readonly tools: number;
  readonly resources: number;
  readonly resourceTemplates: number;
  readonly prompts: number;
  readonly readOnlyTools: number;
  readonly deprecatedTools: number;
  readonly byRuntime: Readonly<Partial<Record<Runtime, number>>>;
  readonly byCategory: Readonly<Record<string, number>>;
  /** Bytes of JSON of all tool definitions: about four make a token of a model that is shown them. */
  readonly definitionBytes: number;
}

/** The registry of R1. */
export interface Registry {
  /** By name. */
  list(): readonly ToolRecord[];
  stats(): RegistryStats;
  /** Everything, as JSON: definitions as clients see them, with scopes. */
  export(): JsonObject;
  /** What works but will serve models or operators badly. `serverName` is the name clients know this gateway by. */
  lint(serverName?: string): readonly Finding[];
}

/** The shelves, read at each use. */
export interface RegistrySource {
  readonly tools: () => readonly ListedTool[];
  readonly resources: () => readonly Listed[];
  readonly templates: () => readonly Listed[];
  readonly prompts: () => readonly Listed[];
}

/** A view of the shelves; nothing is copied before it is asked for. */
export function createRegistry({ tools, resources, templates, prompts }: RegistrySource): Registry {
  return {
    list: () => tools().map(toRecord),
    stats() {
      const all = tools();
      return {
        tools: all.length,
        resources: resources().length,
        resourceTemplates: templates().length,
        prompts: prompts().length,
        readOnlyTools: all.filter(({ target }) => target.traits.isReadOnly).length,
        deprecatedTools: all.filter(({ metadata: { deprecated } }) => deprecated !== undefined && deprecated !== false).length,
        byRuntime: countBy(all.map(({ metadata }) => metadata.runtime)),
        byCategory: countBy(all.map(({ metadata }) => metadata.category)),
        definitionBytes: all.reduce((bytes, { definition }) => bytes + Buffer.byteLength(JSON.stringify(definition)), 0),
      };
    },
    export: () => ({
      tools: tools().map(exportOne),
      resources: resources().map(exportOne),
      resourceTemplates: templates().map(exportOne),
      prompts: prompts().map(exportOne),
    }),
    lint: (serverName = 'switchyard') => tools().flatMap((tool) => lintTool(tool, serverName)),
  };
}

function toRecord({ source, metadata, target }: ListedTool): ToolRecord {
  const { name, title = null, description, annotations = {}, inProcess = null } = source;
  return { name, title, description, scopes: target.access.scopes, annotations, metadata, inProcess };
}

function exportOne({ definition, target }: Listed): JsonObject {
  return { ...definition, scopes: target.access.scopes };
}

function countBy<Key extends string>(keys: readonly Key[]): Readonly<Record<Key, number>> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries(counts) as Record<Key, number>;
}
