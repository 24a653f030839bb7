/** @module tools/builtin/write-file: T6. */
import type { CallPlace } from '../../contracts/target.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { Workspace } from '../../contracts/workspace.ts';

interface WriteFileInput {
  readonly path: string;
  readonly content: string;
  readonly create_dirs?: boolean;
}

/** Writes a file of the caller's workspace, whole or not at all. */
export function createWriteFile(workspaceFor: (place: CallPlace) => Workspace): ToolDefinition<WriteFileInput> {
  return {
    name: 'write_file',
    title: 'Write file',
    description: 'Create or replace a text file of the workspace (UTF-8). The file changes at once or not at all.',
    input: {
      type: 'object',
      required: ['path', 'content'],
      properties: {
        path: { type: 'string', minLength: 1, description: 'Path relative to the workspace' },
        content: { type: 'string', description: 'The whole new content' },
        create_dirs: { type: 'boolean', default: true, description: 'Make missing folders; default true' },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      required: ['path', 'bytes_written'],
      properties: { path: { type: 'string' }, bytes_written: { type: 'integer', minimum: 0 } },
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { category: 'files', ioIntensive: true },
    scopes: ['tools:write'],
    permissions: ({ path, content }, place) => [{ type: 'FILE_WRITE', resource: workspaceFor(place).normalize(path), parameters: { size: Buffer.byteLength(content) } }],
    text: ({ path, bytes_written }: { readonly path: string; readonly bytes_written: number }) => `Wrote ${bytes_written} bytes to ${path}.`,
    async handler({ path, content, create_dirs = true }, { place }) {
      const workspace = workspaceFor(place);
      const bytes = Buffer.from(content, 'utf8');
      await workspace.write(path, bytes, { createDirectories: create_dirs });
      return { path: workspace.normalize(path), bytes_written: bytes.length };
    },
  };
}
