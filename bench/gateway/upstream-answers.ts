/** What the benchmark's upstreams say, whatever carries it. Legacy revision, as nearly every published server. */

/** A request, as far as it matters here. */
export interface Asked {
  readonly id: number | string;
  readonly method: string;
  readonly params?: { readonly arguments?: { readonly message?: string } };
}

/** Whether it is a request and no notification. */
export function asksForResult(message: unknown): message is Asked {
  return typeof message === 'object' && message !== null && 'id' in message && 'method' in message;
}

const tool = (name: string): object => ({
  name,
  description: `Answers with the message it was given, as ${name} does it.`,
  inputSchema: {
    type: 'object',
    properties: { message: { type: 'string', description: 'What comes back.' }, unit: { type: 'string', enum: ['metre', 'foot'] } },
    required: ['message'],
  },
});

function resultOf({ method, params }: Asked, tools: number): object | undefined {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'bench-upstream', version: '1.0.0' } };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: Array.from({ length: tools }, (_, index) => tool(index === 0 ? 'echo' : `echo_${index}`)) };
    case 'tools/call':
      return { content: [{ type: 'text', text: params?.arguments?.message ?? '' }] };
    default:
      return undefined;
  }
}

/** The answer as text. */
export function answerOf(asked: Asked, tools: number): string {
  const result = resultOf(asked, tools);
  const outcome = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
  return JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...outcome });
}
