/** The client's side of MCP, as bytes: what a client sends until its first tool call, and one call over HTTP. */
import type { RunningProgram } from './timed-process.ts';

/** Handshakes in use: `legacy` is what clients send that initialize, `modern` is the stateless revision. */
export type Era = 'legacy' | 'modern';

const LEGACY = '2025-11-25';
const MODERN = '2026-07-28';
const CLIENT = { name: 'switchyard-bench', version: '1.0.0' };
const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': {},
};

interface Answer {
  readonly id?: number;
  readonly result?: { readonly content?: readonly { readonly text?: string }[]; readonly isError?: boolean };
  readonly error?: unknown;
}

/** Speaks JSON-RPC with a program, one request at a time. */
export function createStdioClient(
  { stdin, nextLine }: RunningProgram,
  era: Era,
): (method: string, params?: Readonly<Record<string, unknown>>) => Promise<Answer> {
  let id = 0;
  return async (method, params = {}) => {
    id += 1;
    const full = era === 'modern' ? { ...params, _meta: MODERN_META } : params;
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: full })}\n`);
    for (;;) {
      const answer = JSON.parse(await nextLine()) as Answer;
      if (answer.id !== id) continue;
      if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
      return answer;
    }
  };
}

/** The handshake of a real client: who are you, then every list it shows. A server without prompts or resources may refuse theirs. */
export async function shakeHands(program: RunningProgram, era: Era, { isStrict = true } = {}): Promise<ReturnType<typeof createStdioClient>> {
  const call = createStdioClient(program, era);
  if (era === 'modern') await call('server/discover');
  else {
    await call('initialize', { protocolVersion: LEGACY, capabilities: {}, clientInfo: CLIENT });
    program.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }
  await call('tools/list');
  for (const method of ['resources/list', 'resources/templates/list', 'prompts/list']) {
    await call(method).catch((error: unknown) => {
      if (isStrict) throw error;
    });
  }
  return call;
}

/** Bytes of one `tools/call` of echo over HTTP, with or without a key. */
export function httpCall(era: Era, port: number, key?: string): string {
  const meta = era === 'modern' ? { _meta: MODERN_META } : {};
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'echo', arguments: { message: 'hello from the benchmark' }, ...meta },
  });
  return [
    'POST /mcp HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: keep-alive',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `MCP-Protocol-Version: ${era === 'modern' ? MODERN : LEGACY}`,
    ...(era === 'modern' ? ['Mcp-Method: tools/call', 'Mcp-Name: echo'] : []),
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
