/** @module audit/checkpoint-sink: the second place of checkpoints, a file that all processes of a home share. */
import type { FileHandle } from 'node:fs/promises';
import { isMissing } from './segment-name.ts';

/** Name of the file inside the checkpoint folder. */
export const CHECKPOINT_FILE = 'checkpoints.jsonl';

/**
 * Appends the lines in one write and syncs the file. Each line gets a newline before and after it:
 * what a killed process left unfinished then never runs into the line of another one, and readers
 * skip the empty lines. Errors of the file system pass through; some lines may be there all the
 * same, and writing them again does no harm.
 */
export async function appendCheckpoints(directory: string, lines: readonly string[]): Promise<void> {
  const file = await openShared(directory);
  try {
    const bytes = Buffer.from(lines.map((line) => `\n${line}\n`).join(''));
    const { bytesWritten } = await file.write(bytes);
    // The rest cannot follow: another process may have written in between. The caller writes all again.
    if (bytesWritten < bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes were written`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function openShared(directory: string): Promise<FileHandle> {
  // Loaded when needed: at the start it would cost 2 ms.
  const promises = await import('node:fs/promises');
  const path = `${directory}/${CHECKPOINT_FILE}`;
  try {
    return await promises.open(path, 'a', 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await promises.mkdir(directory, { recursive: true, mode: 0o700 });
  return promises.open(path, 'a', 0o600);
}
