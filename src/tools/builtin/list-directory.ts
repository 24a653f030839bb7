/** @module tools/builtin/list-directory: what there is in the workspace. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { DirectoryItem, NamedRoots } from '../../contracts/workspace.ts';
import { defineTool } from '../define-tool.ts';
import { fileEffects } from './file-effects.ts';
import { pathField } from './path-field.ts';

/** Entries in one answer. More than that no model reads. */
const MAX_ITEMS = 5_000;

interface ListInput {
  readonly path: string;
  readonly recursive: boolean;
}

interface ListOutput {
  readonly path: string;
  readonly count: number;
  readonly items: readonly DirectoryItem[];
  readonly is_truncated: boolean;
}

/** Lists a folder, sorted by path. Links are listed, never followed. `is_truncated` says that there are more than the 5 000 returned. */
export function createListDirectory(roots: NamedRoots): ToolDefinition {
  return defineTool<ListInput, ListOutput>({
    name: 'list_directory',
    title: 'List a folder',
    description: 'Lists files and folders of the workspace with type and size in bytes.',
    input: {
      type: 'object',
      properties: {
        path: { ...pathField('Folder relative to the workspace; `scratch:` is your scratch folder, which code of yours sees as /work.'), default: '.' },
        recursive: { type: 'boolean', default: false, description: 'Also list everything below its folders.' },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        count: { type: 'integer' },
        items: {
          type: 'array',
          items: {
            type: 'object',
            properties: { path: { type: 'string' }, type: { enum: ['file', 'directory', 'symlink', 'other'] }, size: { type: 'integer' } },
            required: ['path', 'type', 'size'],
          },
        },
        is_truncated: { type: 'boolean' },
      },
      required: ['path', 'count', 'items', 'is_truncated'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'files', ioIntensive: true },
    inProcess: 'Lists folders by the guarded walk below one root.',
    scopes: ['tools:read'],
    permissions: ({ path }, place) => fileEffects(roots.find(path, place), 'READ'),
    text: ({ items, is_truncated: isTruncated }) =>
      [...items.map(toLine), ...(isTruncated ? [`[More than ${MAX_ITEMS} entries: list a folder below.]`] : [])].join('\n') || '(empty)',
    handler: async (input, { place, principal }) => {
      const { path, open } = roots.find(input.path, place);
      const { items, isTruncated } = await open(principal.id).list(path, { isRecursive: input.recursive, maxItems: MAX_ITEMS });
      return { path, count: items.length, items, is_truncated: isTruncated };
    },
  });
}

/** Folders end in `/`, links in `@`, as `ls -F` writes them. */
function toLine({ path, type, size }: DirectoryItem): string {
  if (type === 'directory') return `${path}/`;
  return type === 'symlink' ? `${path}@` : `${path} (${size} bytes)`;
}
