/** @module clients/backup: the file of a client as it was, kept beside it. */
import { AppError } from '../core/errors.ts';
import { writeNewFile } from './config-file.ts';

/** `20261121T014500Z`: sorts, and is a file name everywhere. */
const stamp = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');

/** A copy of the text beside the file, 0600, with the time in its name. @returns its path @throws AppError CLIENT_CONFIG_BUSY */
export async function makeBackup(path: string, text: string, epochMs: number): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const backup = `${path}.switchyard-${stamp(epochMs)}${attempt === 1 ? '' : `-${attempt}`}.bak`;
    try {
      await writeNewFile(backup, text, 0o600);
      return backup;
    } catch (error) {
      if (!isTaken(error) || attempt === 100) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  const cause = AppError.is(error) ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
