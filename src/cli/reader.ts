/** @module cli/reader: who reads what a command prints, and may leave before its end, as `| head` does. */
import { systemCode } from '../core/private-file.ts';

const leaving = new AbortController();

/** Aborts when nobody reads any more. */
export const readerLeft: AbortSignal = leaving.signal;

/** Without it the process would end with a stack trace as soon as its reader is gone. Other failures of the output end it as before. */
export function watchReader(): void {
  process.stdout.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') throw error;
    leaving.abort();
  });
}

/** Writes, and waits until the reader has taken it. False = nobody reads any more. */
export async function print(text: string): Promise<boolean> {
  if (readerLeft.aborted) return false;
  if (process.stdout.write(text)) return true;
  await new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
    readerLeft.addEventListener('abort', () => resolve(), { once: true });
  });
  return !readerLeft.aborted;
}
