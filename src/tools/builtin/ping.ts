/** @module tools/builtin/ping: T1. */
import type { ToolDefinition } from '../../contracts/tool.ts';

/** Answers `pong` and says as whom the caller is known. */
export const ping: ToolDefinition = {
  name: 'ping',
  title: 'Ping',
  description: 'Check that the gateway answers, and as whom you are authenticated.',
  output: {
    type: 'object',
    required: ['message', 'authenticated_user'],
    properties: { message: { const: 'pong' }, authenticated_user: { type: 'string' } },
  },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  metadata: { category: 'system', timeoutSeconds: 5 },
  scopes: ['tools:ping'],
  text: () => 'pong',
  handler: (_input, { principal }) => ({ message: 'pong', authenticated_user: principal.id }),
};
