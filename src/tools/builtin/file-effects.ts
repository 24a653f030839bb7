/** @module tools/builtin/file-effects: what a file tool asks permission for. */
import type { PermissionRequest } from '../../contracts/policy.ts';
import type { FoundFile } from '../../contracts/workspace.ts';

/** The file itself, and whose scratch folder it is in where the caller names one, be it its own. */
export function fileEffects({ path, owner }: FoundFile, access: 'READ' | 'WRITE', sizeBytes?: number): readonly PermissionRequest[] {
  const file: PermissionRequest = { type: `FILE_${access}`, resource: path, ...(sizeBytes === undefined ? {} : { parameters: { size: sizeBytes } }) };
  return owner === null ? [file] : [{ type: `CROSS_CLIENT_${access}`, resource: owner }, file];
}
