/** @module tools/builtin/list-directory: T7. */
import type { CallPlace } from '../../contracts/target.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { DirectoryItem, Workspace } from '../../contracts/workspace.ts';

const MAX_ITEMS = 5000;

interface ListDirectoryInput {
  readonly path?: string;
  readonly recursive?: boolean;
}

/** Lists a folder of the caller's workspace; links are shown, never followed. */
export function createListDirectory(workspaceFor: (place: CallPlace) => Workspace): ToolDefinition<ListDirectoryInput> {
  return {
    name: 'list_directory',
    title: 'List directory',
    description: `List a folder of the workspace, with types and sizes. At most ${MAX_ITEMS} entries; truncated says whether there are more.`,
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', minLength: 1, default: '.', description: 'Path relative to the workspace; default its root' },
        recursive: { type: 'boolean', default: false, description: 'Also list what is below; default false' },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      required: ['count', 'items', 'truncated'],
      properties: {
        count: { type: 'integer', minimum: 0 },
        items: {
          type: 'array',
          items: {
            type: 'object',
            required: ['path', 'type', 'size'],
            properties: { path: { type: 'string' }, type: { enum: ['file', 'directory', 'symlink', 'other'] }, size: { type: 'integer' } },
          },
        },
        truncated: { type: 'boolean' },
      },
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    metadata: { category: 'files', ioIntensive: true },
    scopes: ['tools:read'],
    permissions: ({ path = '.' }, place) => [{ type: 'FILE_READ', resource: workspaceFor(place).normalize(path) }],
    text: ({ items, truncated }: { readonly items: readonly DirectoryItem[]; readonly truncated: boolean }) =>
      [...items.map(({ path, type, size }) => (type === 'file' ? `${path} (${size} bytes)` : `${path} [${type}]`)), ...(truncated ? ['… and more'] : [])].join('\n') || '(empty)',
    async handler({ path = '.', recursive = false }, { place }) {
      const { items, isTruncated } = await workspaceFor(place).list(path, { isRecursive: recursive, maxItems: MAX_ITEMS });
      return { count: items.length, items, truncated: isTruncated };
    },
  };
}
