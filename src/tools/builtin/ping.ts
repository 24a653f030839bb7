/** @module tools/builtin/ping: is anybody there, and who am I to them? */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';

/** Answers `pong` with the id of the principal that the credential belongs to. */
export function createPing(): ToolDefinition {
  return defineTool({
    name: 'ping',
    title: 'Ping',
    description: 'Checks that the gateway answers and tells which identity your calls have.',
    output: {
      type: 'object',
      properties: { message: { const: 'pong' }, authenticated_user: { type: 'string' } },
      required: ['message', 'authenticated_user'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'diagnostics', priority: 8, timeoutSeconds: 5 },
    inProcess: 'Answers with the id of its caller; opens nothing and runs nothing.',
    scopes: ['tools:ping'],
    text: () => 'pong',
    handler: (_input, { principal }) => ({ message: 'pong', authenticated_user: principal.id }),
  });
}
