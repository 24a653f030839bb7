/** @module models/cache/recorder: an answer on its way to the client, copied as it passes. */
import type { StreamPart } from '../../contracts/call.ts';
import type { CacheFacts } from '../../contracts/model-cache.ts';
import { isModelChunk, type ModelResult } from '../../contracts/model.ts';
import type { Answering } from '../answering.ts';

/** Small events are put together: a stream is given again in fewer pieces than it came. */
const PIECE_BYTES = 8_192;

/** One answer. */
export interface Recorder {
  /** Passes parts on, each with what the cache did. */
  readonly emit: Parameters<Answering>[1];
  /** All of the answer that was emitted and is in the result; undefined where it was too large. */
  pieces(result: ModelResult): readonly Uint8Array[] | undefined;
}

/** @param maxBytes nothing is kept of a larger answer; 0 = nothing is kept at all */
export function createRecorder(emit: Recorder['emit'], facts: CacheFacts, maxBytes: number): Recorder {
  let pieces: Uint8Array[] = [];
  let open: Uint8Array[] = [];
  let openBytes = 0;
  let bytes = 0;

  const closePiece = (): void => {
    if (open.length > 0) pieces.push(Buffer.concat(open));
    open = [];
    openBytes = 0;
  };
  const record = (event: Uint8Array): void => {
    bytes += event.byteLength;
    if (bytes > maxBytes) {
      pieces = [];
      open = [];
      return;
    }
    // A copy: what passes may be a window into a larger buffer that others write to.
    open.push(Buffer.from(event));
    openBytes += event.byteLength;
    if (openBytes >= PIECE_BYTES) closePiece();
  };

  return {
    emit(part: StreamPart) {
      if (part.type !== 'chunk' || !isModelChunk(part.value)) return emit(part);
      record(part.value.bytes);
      return emit({ type: 'chunk', value: { ...part.value, cache: facts } });
    },
    pieces({ body }) {
      if (body) record(body.bytes);
      closePiece();
      return bytes > maxBytes || bytes === 0 ? undefined : pieces;
    },
  };
}
