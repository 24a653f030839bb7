/** @module tools/builtin/path-field: the argument that names a file or folder, as every file tool describes it. */
import type { JsonObject } from '../../core/json.ts';

/** @param description what the path is relative to */
export function pathField(description: string): JsonObject {
  return { type: 'string', minLength: 1, maxLength: 4096, description };
}

/** Of a file. */
export const FILE_PATH: JsonObject = pathField('Path relative to the workspace; `scratch:/…` is in your scratch folder, which code of yours sees as /work.');
