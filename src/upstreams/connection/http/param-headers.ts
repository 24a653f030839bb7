/** @module upstreams/connection/http/param-headers: arguments of a tool that its definition wants in the head of the request as well. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { headerValue } from './headers.ts';

/** One argument and the name of its header, without `Mcp-Param-`. */
interface Mirrored {
  readonly path: readonly string[];
  readonly header: string;
}

const ANNOTATION = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const PRIMITIVE: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Depth of objects within the arguments that is looked at. */
const MAX_DEPTH = 16;

/**
 * What the tools of one server want mirrored, as it listed them last.
 *
 * @see MCP 2026-07-28, server/tools, "x-mcp-header"; basic/transports/streamable-http, "Custom Headers from Tool Parameters"
 */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly Mirrored[]>();

  /** The tools that may be used: one with an annotation that breaks the rules is left out, as the protocol demands. */
  learn(tools: readonly unknown[]): readonly unknown[] {
    return tools.filter((tool) => {
      if (!isObject(tool) || typeof tool['name'] !== 'string') return true;
      const mirrored = readAnnotations(tool['inputSchema']);
      if (mirrored && mirrored.length > 0) this.#byTool.set(tool['name'], mirrored);
      else this.#byTool.delete(tool['name']);
      return mirrored !== undefined;
    });
  }

  /** Headers for a call; an argument that is null or absent has none. */
  headersFor({ name, arguments: given }: JsonObject): Record<string, string> {
    const mirrored = typeof name === 'string' ? this.#byTool.get(name) : undefined;
    return Object.fromEntries(
      (mirrored ?? []).flatMap(({ path, header }) => {
        const value = path.reduce<unknown>((at, step) => (isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined), given);
        if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
        return [[`mcp-param-${header.toLowerCase()}`, headerValue(String(value))]];
      }),
    );
  }
}

/** Undefined when an annotation breaks the rules. */
function readAnnotations(schema: unknown): readonly Mirrored[] | undefined {
  const found: Mirrored[] = [];
  const taken = new Set<string>();
  let isValid = true;
  const walk = (at: unknown, path: readonly string[]): void => {
    if (!isObject(at) || path.length > MAX_DEPTH) return;
    const { [ANNOTATION]: header, type, properties } = at;
    if (header !== undefined) {
      const isFine = typeof header === 'string' && TOKEN.test(header) && PRIMITIVE.has(type) && path.length > 0 && !taken.has(header.toLowerCase());
      if (!isFine) isValid = false;
      else {
        taken.add(header.toLowerCase());
        found.push({ path, header });
      }
    }
    if (isObject(properties)) for (const [name, member] of Object.entries(properties)) walk(member, [...path, name]);
  };
  walk(schema, []);
  return isValid ? found : undefined;
}
