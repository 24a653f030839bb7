/** @module contracts/scratch-folder: how the scratch folder of a principal is called on the disk. */
import { createHash } from 'node:crypto';

/** 32 hexadecimal digits, whatever the id holds; below the folder `scratch` of the home. */
export function scratchFolderName(principalId: string): string {
  return createHash('sha256').update(principalId).digest('hex').slice(0, 32);
}
