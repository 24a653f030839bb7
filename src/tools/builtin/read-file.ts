/** @module tools/builtin/read-file: T5. */
import { AppError } from '../../core/errors.ts';
import type { CallPlace } from '../../contracts/target.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { Workspace } from '../../contracts/workspace.ts';

const ENCODINGS = ['utf-8', 'latin1', 'base64'] as const;
type FileEncoding = (typeof ENCODINGS)[number];

interface ReadFileInput {
  readonly path: string;
  readonly encoding?: FileEncoding;
  readonly offset?: number;
  readonly limit?: number;
}

/**
 * Reads a file of the caller's workspace. `offset` and `limit` count lines, as coding agents expect;
 * with base64, which has no lines, bytes. `size` and `lines` are those of the whole file.
 */
export function createReadFile(workspaceFor: (place: CallPlace) => Workspace): ToolDefinition<ReadFileInput> {
  return {
    name: 'read_file',
    title: 'Read file',
    description: 'Read a file of the workspace. Use offset and limit (in lines; in bytes for base64) for a part of a large file.',
    input: {
      type: 'object',
      required: ['path'],
      properties: {
        path: { type: 'string', minLength: 1, description: 'Path relative to the workspace' },
        encoding: { enum: [...ENCODINGS], description: 'Default utf-8; base64 for binary files' },
        offset: { type: 'integer', minimum: 0, description: 'Lines (bytes for base64) to skip; default 0' },
        limit: { type: 'integer', minimum: 1, description: 'Lines (bytes for base64) to return; default all' },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      required: ['path', 'content', 'size', 'lines'],
      properties: {
        path: { type: 'string' },
        content: { type: 'string' },
        size: { type: 'integer', description: 'Bytes of the whole file' },
        lines: { type: ['integer', 'null'], description: 'Lines of the whole file; null for base64' },
      },
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    metadata: { category: 'files', ioIntensive: true },
    scopes: ['tools:read'],
    permissions: ({ path }, place) => [{ type: 'FILE_READ', resource: workspaceFor(place).normalize(path) }],
    text: ({ content }: { readonly content: string }) => content,
    async handler({ path, encoding = 'utf-8', offset = 0, limit }, { place }) {
      const workspace = workspaceFor(place);
      const shownPath = workspace.normalize(path);
      if (encoding === 'base64') {
        const { bytes, size } = await workspace.read(path, offset === 0 && limit === undefined ? {} : { offset, limit });
        return { path: shownPath, content: bytes.toString('base64'), size, lines: null };
      }
      const { bytes, size } = await workspace.read(path);
      const text = decode(bytes, encoding);
      const lines = text.split('\n');
      // A final newline ends the last line, it does not begin another.
      const count = text === '' ? 0 : lines.length - (text.endsWith('\n') ? 1 : 0);
      const content = offset === 0 && limit === undefined ? text : selectLines(lines, offset, limit, count);
      return { path: shownPath, content, size, lines: count };
    },
  };
}

function selectLines(lines: readonly string[], offset: number, limit: number | undefined, count: number): string {
  const end = limit === undefined ? lines.length : Math.min(offset + limit, lines.length);
  const selected = lines.slice(offset, end).join('\n');
  return end < lines.length && offset < count ? `${selected}\n` : selected;
}

function decode(bytes: Buffer, encoding: 'utf-8' | 'latin1'): string {
  if (encoding === 'latin1') return bytes.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('ENCODING_INVALID', { message: 'The file is not valid UTF-8.', cause });
  }
}
