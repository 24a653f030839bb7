/** @module tools/builtin/echo: what was sent comes back. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { AppError } from '../../core/errors.ts';
import { defineTool } from '../define-tool.ts';

const MAX_BYTES = 1024 * 1024;

interface EchoInput {
  readonly message: string;
}

/** Repeats a message of at most 1 MiB (UTF-8). `message_length` counts Unicode characters. */
export function createEcho(): ToolDefinition {
  return defineTool<EchoInput>({
    name: 'echo',
    title: 'Echo',
    description: 'Returns the message it was given, with its length. For testing a connection.',
    input: {
      type: 'object',
      properties: { message: { type: 'string', maxLength: MAX_BYTES, description: 'Any text of at most 1 MiB.' } },
      required: ['message'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: { echo: { type: 'string' }, message_length: { type: 'integer' }, user_id: { type: 'string' } },
      required: ['echo', 'message_length', 'user_id'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'diagnostics', timeoutSeconds: 5 },
    inProcess: 'Answers with its argument; opens nothing and runs nothing.',
    scopes: ['tools:ping'],
    handler({ message }, { principal }) {
      // A text can have as many bytes as characters, and three times as many.
      if (message.length > MAX_BYTES / 3 && Buffer.byteLength(message) > MAX_BYTES) {
        throw new AppError('INPUT_INVALID', { message: `/message has more than ${MAX_BYTES} bytes.` });
      }
      return { echo: message, message_length: countCharacters(message), user_id: principal.id };
    },
  });
}

function countCharacters(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) count += 1;
  return count;
}
