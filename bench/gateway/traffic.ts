/** What is sent in this benchmark, and where the two upstreams are. */
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';

/** Text that every answer holds. */
export const MESSAGE = 'hello from the benchmark';

/** The same upstream twice. */
export interface UpstreamPlaces {
  /** Command of the one over stdio. */
  readonly stdio: readonly string[];
  /** URL of the one over HTTP. */
  readonly http: string;
}

/** Command of an upstream over stdio. */
export function stdioUpstream(tools = 1, mode = 'good'): readonly string[] {
  return [process.execPath, join(root, 'bench/gateway/upstream-stdio.ts'), String(tools), mode];
}

/** The entry of an upstream over stdio in the configuration. Definitions are taken as they come: approving them is not measured. */
export function stdioEntry(command: readonly string[]): object {
  const [program, ...args] = command;
  return { transport: 'stdio', command: program, args, pins: 'off' };
}

/** Bytes of one POST that calls the tool; another body for those that want another form. */
export function postOf(port: number, path: string, tool: string, { key, body }: { readonly key?: string | undefined; readonly body?: string } = {}): string {
  const params = { name: tool, arguments: { message: MESSAGE } };
  const content = body ?? JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  return [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: keep-alive',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2025-11-25',
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    `Content-Length: ${Buffer.byteLength(content)}`,
    '',
    content,
  ].join('\r\n');
}
