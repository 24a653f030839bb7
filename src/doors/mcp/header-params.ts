/** @module doors/mcp/header-params: which parameters of which tool are mirrored into Mcp-Param-* headers. */
import type { Catalog, Listed } from '../../contracts/catalog.ts';
import { isObject } from '../../core/json.ts';

/** One mirrored parameter. */
export interface HeaderParam {
  /** Lower-case name of the header. */
  readonly name: string;
  /** Members to walk from the arguments. */
  readonly path: readonly string[];
}

const NAME = /^[\w!#$%&'*+.^`|~-]{1,128}$/;
const MAX_NESTING = 16;
const NONE: readonly HeaderParam[] = [];

/**
 * Looks up the mirrored parameters of a tool by the `x-mcp-header` of its input schema. Only properties
 * reached through `properties` alone count. Scans the catalogue once per change of the list.
 *
 * @see MCP 2026-07-28, server/tools, "x-mcp-header"
 */
export function createHeaderParams(catalog: Catalog, profile: string | undefined): (tool: string) => readonly HeaderParam[] {
  let scanned: readonly Listed[] | undefined;
  let byTool = new Map<string, readonly HeaderParam[]>();
  return (tool) => {
    const tools = catalog.list('tools', profile);
    if (tools !== scanned) {
      scanned = tools;
      byTool = scan(tools);
    }
    return byTool.size === 0 ? NONE : (byTool.get(tool) ?? NONE);
  };
}

function scan(tools: readonly Listed[]): Map<string, readonly HeaderParam[]> {
  const byTool = new Map<string, readonly HeaderParam[]>();
  for (const { definition } of tools) {
    const params: HeaderParam[] = [];
    collect(definition['inputSchema'], [], params);
    if (params.length > 0) byTool.set(String(definition['name']), params);
  }
  return byTool;
}

function collect(schema: unknown, path: readonly string[], params: HeaderParam[]): void {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties) || path.length >= MAX_NESTING) return;
  for (const [key, property] of Object.entries(properties)) {
    if (!isObject(property)) continue;
    const inner = [...path, key];
    const name = property['x-mcp-header'];
    if (typeof name === 'string' && NAME.test(name)) params.push({ name: `mcp-param-${name.toLowerCase()}`, path: inner });
    collect(property, inner, params);
  }
}
