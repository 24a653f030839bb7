/** @module tools/builtin/read-file: files of the workspace. */
import { isUtf8 } from 'node:buffer';
import type { ToolContext, ToolDefinition } from '../../contracts/tool.ts';
import type { NamedRoots, Workspace } from '../../contracts/workspace.ts';
import { AppError } from '../../core/errors.ts';
import { defineTool } from '../define-tool.ts';
import { fileEffects } from './file-effects.ts';
import { countLines, readLines } from './line-reader.ts';
import { FILE_PATH } from './path-field.ts';

/** The most that one call returns, in bytes of the file. */
const MAX_BYTES = 10 * 1024 * 1024;

interface ReadInput {
  readonly path: string;
  readonly encoding: 'utf-8' | 'base64' | 'latin1';
  readonly offset?: number;
  readonly limit?: number;
}

interface ReadOutput {
  readonly path: string;
  readonly content: string;
  readonly size: number;
  readonly lines: number | null;
  readonly next_offset: number | null;
}

/**
 * Reads a file, or part of it. For texts, offset and limit count lines (offset 1 is the first), as
 * coding agents page; for base64 they count bytes (offset 0 is the first). `size` is that of the
 * whole file in bytes, `lines` the number of lines returned (null for base64), `next_offset` where to
 * go on (null at the end).
 *
 * Fails with ENCODING_INVALID instead of replacing bytes that are not UTF-8.
 */
export function createReadFile(roots: NamedRoots): ToolDefinition {
  return defineTool<ReadInput, ReadOutput>({
    name: 'read_file',
    title: 'Read a file',
    description:
      'Reads a file of the workspace. Page through large texts with offset and limit (lines); read binary files with encoding base64 (offset and limit are bytes then).',
    input: {
      type: 'object',
      properties: {
        path: FILE_PATH,
        encoding: { enum: ['utf-8', 'base64', 'latin1'], default: 'utf-8', description: 'How content is written.' },
        offset: { type: 'integer', minimum: 0, description: 'First line to return, from 1; for base64 the first byte, from 0.' },
        limit: { type: 'integer', minimum: 1, description: 'How many lines, for base64 bytes; absent = to the end.' },
      },
      required: ['path'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        content: { type: 'string' },
        size: { type: 'integer' },
        lines: { type: ['integer', 'null'] },
        next_offset: { type: ['integer', 'null'] },
      },
      required: ['path', 'content', 'size', 'lines', 'next_offset'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'files', ioIntensive: true },
    inProcess: 'Opens files by the guarded walk below one root; what it reads is never run.',
    scopes: ['tools:read'],
    permissions: ({ path, encoding, limit }, place) =>
      fileEffects(roots.find(path, place), 'READ', encoding === 'base64' ? Math.min(limit ?? MAX_BYTES, MAX_BYTES) : MAX_BYTES),
    text: ({ content, next_offset: next }) => (next === null ? content : `${content}\n[More follows: call again with offset ${next}.]`),
    handler: async (input, context) => {
      const { path, open } = roots.find(input.path, context.place);
      const workspace = open(context.principal.id);
      return { path, ...(input.encoding === 'base64' ? await readBytes(workspace, path, input) : await readText(workspace, path, input, context)) };
    },
  });
}

type Part = Omit<ReadOutput, 'path'>;

async function readBytes(workspace: Workspace, path: string, { offset = 0, limit }: ReadInput): Promise<Part> {
  const range = limit === undefined && offset === 0 ? {} : { offset, limit: Math.min(limit ?? MAX_BYTES, MAX_BYTES) };
  const { bytes, size } = await workspace.read(path, range);
  const end = offset + bytes.length;
  return { content: bytes.toString('base64'), size, lines: null, next_offset: bytes.length > 0 && end < size ? end : null };
}

async function readText(workspace: Workspace, path: string, { encoding, offset, limit }: ReadInput, context: ToolContext): Promise<Part> {
  const first = Math.max(1, offset ?? 1);
  const isWhole = first === 1 && limit === undefined;
  const { bytes, size, hasMore } = isWhole
    ? { ...(await workspace.read(path)), hasMore: false }
    : await readLines(workspace, path, { first, count: limit ?? Infinity, maxBytes: MAX_BYTES, signal: context.signal });
  if (encoding === 'utf-8' && !isUtf8(bytes)) {
    throw new AppError('ENCODING_INVALID', {
      message: `The file is not valid UTF-8: ${path}`,
      fix: 'Ask for encoding base64, or latin1 if the text is in that.',
    });
  }
  const lines = countLines(bytes);
  return { content: bytes.toString(encoding === 'latin1' ? 'latin1' : 'utf8'), size, lines, next_offset: hasMore ? first + lines : null };
}
