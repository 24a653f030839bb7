/** @module tools/builtin/write-file: files of the workspace, replaced or made in one step. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { NamedRoots } from '../../contracts/workspace.ts';
import { AppError } from '../../core/errors.ts';
import { defineTool } from '../define-tool.ts';
import { fileEffects } from './file-effects.ts';
import { FILE_PATH } from './path-field.ts';

interface WriteInput {
  readonly path: string;
  readonly content: string;
  readonly create_dirs: boolean;
  readonly encoding: 'utf-8' | 'base64';
}

interface WriteOutput {
  readonly path: string;
  readonly bytes_written: number;
}

/** Writes the whole file: readers see the old one or the new one, never a part. */
export function createWriteFile(roots: NamedRoots): ToolDefinition {
  return defineTool<WriteInput, WriteOutput>({
    name: 'write_file',
    title: 'Write a file',
    description: 'Creates a file of the workspace, or replaces its whole content, in one atomic step.',
    input: {
      type: 'object',
      properties: {
        path: FILE_PATH,
        content: { type: 'string', description: 'The whole new content.' },
        create_dirs: { type: 'boolean', default: true, description: 'Make missing folders of the path.' },
        encoding: { enum: ['utf-8', 'base64'], default: 'utf-8', description: 'How content is written here.' },
      },
      required: ['path', 'content'],
      additionalProperties: false,
    },
    output: { type: 'object', properties: { path: { type: 'string' }, bytes_written: { type: 'integer' } }, required: ['path', 'bytes_written'] },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'files', ioIntensive: true },
    inProcess: 'Writes files by the guarded walk below one root; what it writes is never run.',
    scopes: ['tools:write'],
    permissions: (input, place) => fileEffects(roots.find(input.path, place), 'WRITE', toBytes(input).length),
    text: ({ path, bytes_written: count }) => `Wrote ${count} bytes to ${path}.`,
    handler: async (input, { place, principal }) => {
      const { path, open } = roots.find(input.path, place);
      const bytes = toBytes(input);
      await open(principal.id).write(path, bytes, { createDirectories: input.create_dirs });
      return { path, bytes_written: bytes.length };
    },
  });
}

/** @throws AppError ENCODING_INVALID rather than write something else than was sent */
function toBytes({ content, encoding }: WriteInput): Buffer {
  if (encoding === 'utf-8') {
    if (!content.isWellFormed())
      throw new AppError('ENCODING_INVALID', {
        message: '/content has half of a surrogate pair, which UTF-8 cannot say.',
        fix: 'Send well-formed Unicode, or encoding base64.',
      });
    return Buffer.from(content);
  }
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(content)) {
    throw new AppError('ENCODING_INVALID', { message: '/content is not valid base64.', fix: 'Send standard base64 with padding and without white space.' });
  }
  return Buffer.from(content, 'base64');
}
