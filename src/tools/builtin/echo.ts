/** @module tools/builtin/echo: T3. */
import type { ToolDefinition } from '../../contracts/tool.ts';

const MAX_CHARACTERS = 1_048_576;

/** Gives the message back. */
export const echo: ToolDefinition<{ readonly message: string }> = {
  name: 'echo',
  title: 'Echo',
  description: 'Give a message back unchanged, with its length. For trying out a connection.',
  input: {
    type: 'object',
    required: ['message'],
    properties: { message: { type: 'string', maxLength: MAX_CHARACTERS, description: 'The text to give back' } },
    additionalProperties: false,
  },
  output: {
    type: 'object',
    required: ['echo', 'message_length', 'user_id'],
    properties: {
      echo: { type: 'string' },
      message_length: { type: 'integer', minimum: 0, description: 'UTF-16 code units' },
      user_id: { type: 'string' },
    },
  },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  metadata: { category: 'system', timeoutSeconds: 5 },
  scopes: ['tools:ping'],
  text: ({ echo: message }: { readonly echo: string }) => message,
  handler: ({ message }, { principal }) => ({ echo: message, message_length: message.length, user_id: principal.id }),
};
