/** A file system that fails when told to. */
import { fileIo, type SegmentIo } from '../../../src/audit/segment-file.ts';

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants`), { code });
}

/** Passes everything on to the real files, except for what is switched off. */
export class FailingIo {
  /** Bytes that still fit; then ENOSPC, after a short write. */
  room = Infinity;
  /** Thrown by every write before a byte is written. */
  writeError: Error | undefined;
  truncateError: Error | undefined;
  syncError: Error | undefined;
  writes = 0;
  syncs = 0;

  readonly io: SegmentIo = {
    write: (descriptor, bytes, offset) => {
      if (this.writeError) throw this.writeError;
      const fits = Math.min(this.room, bytes.length - offset);
      if (fits === 0) throw systemError('ENOSPC');
      this.writes += 1;
      this.room -= fits;
      return fileIo.write(descriptor, bytes.subarray(0, offset + fits), offset);
    },
    stat: fileIo.stat,
    truncate: (descriptor, bytes) => {
      if (this.truncateError) throw this.truncateError;
      fileIo.truncate(descriptor, bytes);
    },
    sync: async (descriptor) => {
      this.syncs += 1;
      if (this.syncError) throw this.syncError;
      await fileIo.sync(descriptor);
    },
  };
}
