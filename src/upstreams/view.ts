/** @module upstreams/view: what clients see of one upstream. */
import type { Listed } from '../contracts/catalog.ts';
import type { Target } from '../contracts/target.ts';
import { deepFreeze, isObject, type JsonObject } from '../core/json.ts';
import { compileNames } from '../core/name-pattern.ts';
import { withoutRequest } from './adapters/operation.ts';
import { exposedName } from './names.ts';
import type { UpstreamPorts } from './ports.ts';
import { promptTarget, resourceTarget, toolTarget } from './targets.ts';
import type { Upstream } from './upstream.ts';

/** An entry with what the upstream calls it. */
export interface Shown extends Listed {
  readonly upstream: Upstream;
  readonly own: string;
}

/** What one upstream adds to the catalogue. Names may still collide with those of others. */
export interface UpstreamView {
  readonly tools: readonly Shown[];
  readonly resources: readonly Shown[];
  readonly templates: readonly Shown[];
  readonly prompts: readonly Shown[];
}

/** Makes targets of the catalogue as it is now. Entries without a usable name or schema are left out. */
export function createView(upstream: Upstream, compile: UpstreamPorts['compile']): UpstreamView {
  const { catalogue, config } = upstream;
  const prefix = config.prefix ?? upstream.name;
  const { allow, deny, rename, describe } = config.tools;
  const isAllowed = allow ? compileNames(allow) : (): boolean => true;
  const isDenied = compileNames(deny);
  const show = (own: unknown, isUsable: boolean, make: (own: string) => { readonly target: Target; readonly definition: JsonObject }): Shown[] =>
    typeof own === 'string' && own !== '' && isUsable ? [{ ...make(own), upstream, own }] : [];

  // A name that needs no change is kept before one that becomes it.
  const isExact = ({ name }: JsonObject): boolean => typeof name === 'string' && exposedName(prefix, name) === `${prefix}__${name}`;
  const ordered = [...catalogue.tools.filter(isExact), ...catalogue.tools.filter((tool) => !isExact(tool))];
  const tools = ordered.flatMap((tool) => {
    const { name: own, inputSchema: schema } = tool;
    const isUsable = typeof own === 'string' && isObject(schema) && schema['type'] === 'object' && isAllowed(own) && !isDenied(own);
    return show(own, isUsable, (given) => {
      const name = exposedName(prefix, ownMember(rename, given) ?? given);
      // How a call could become a task is between the gateway and the upstream.
      const { execution: _, ...listed } = withoutRequest(tool);
      const description = ownMember(describe, given) ?? listed['description'];
      const definition = deepFreeze({ ...listed, name, ...(description === undefined ? {} : { description }) });
      return { target: toolTarget(upstream, name, given, tool, compile), definition };
    });
  });
  const resources = catalogue.resources.flatMap((resource) =>
    show(resource['uri'], true, (uri) => ({ target: resourceTarget(upstream, uri, undefined), definition: deepFreeze(resource) })),
  );
  const templates = catalogue.templates.flatMap((template) =>
    show(template['uriTemplate'], true, (text) => ({ target: resourceTarget(upstream, text, text), definition: deepFreeze(template) })),
  );
  const prompts = catalogue.prompts.flatMap((prompt) =>
    show(prompt['name'], true, (own) => {
      const name = exposedName(prefix, own);
      return { target: promptTarget(upstream, name, own), definition: deepFreeze({ ...prompt, name }) };
    }),
  );
  return { tools, resources, templates, prompts };
}

function ownMember(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
