/** @module upstreams/connection/http/headers: what a request to a server at a URL carries in its head. */
import type { JsonObject } from '../../../core/json.ts';

/** Characters that stand for themselves, without white space at the ends. */
const PLAIN = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;
const SENTINEL = /^=\?base64\?.*\?=$/s;

/**
 * The text as a header can carry it.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Value Encoding"
 */
export function headerValue(text: string): string {
  return PLAIN.test(text) && !SENTINEL.test(text) ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}

/** `Mcp-Method` and, where the method has one, `Mcp-Name`: what the body says, for those who do not read it. */
export function mirrorHeaders(method: string, { name, uri, taskId }: JsonObject): Record<string, string> {
  const isNamed = method === 'tools/call' || method === 'prompts/get';
  const named = isNamed ? name : method === 'resources/read' ? uri : method.startsWith('tasks/') ? taskId : undefined;
  return { 'mcp-method': method, ...(typeof named === 'string' ? { 'mcp-name': headerValue(named) } : {}) };
}
