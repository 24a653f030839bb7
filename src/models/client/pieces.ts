/** @module models/client/pieces: a stream of parts as something to loop over, with backpressure. */
import { isModelChunk } from '../../contracts/model.ts';
import type { StreamPart } from '../../contracts/call.ts';
import type { ChatAnswer, ChatDelta, Part } from '../dialects/conversation.ts';
import { UNKNOWN_USAGE } from '../dialects/usage.ts';

/** Between the call that writes and the loop that reads. */
export interface Pieces {
  /** Resolves when the piece was read: the provider is slowed down by the reader. */
  readonly emit: (part: StreamPart) => Promise<void>;
  /** No more pieces come. */
  readonly close: () => void;
  read(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Keeps the delta for the answer; the text in it that a person would read. */
  note(delta: ChatDelta): string;
  /** What the deltas so far say. */
  answer(): ChatAnswer;
}

/** For one stream with one reader. */
export function createPieces(): Pieces {
  const queue: { readonly bytes: Uint8Array; readonly taken: () => void }[] = [];
  const texts = new Map<number, { type: 'text' | 'refusal'; text: string }>();
  let isClosed = false;
  let wake = (): void => undefined;
  let end: Extract<ChatDelta, { type: 'end' }> | undefined;

  return {
    emit: (part) =>
      new Promise((taken) => {
        if (part.type !== 'chunk' || !isModelChunk(part.value) || isClosed) {
          taken();
          return;
        }
        queue.push({ bytes: part.value.bytes, taken });
        wake();
      }),
    close() {
      isClosed = true;
      wake();
    },
    async *read() {
      try {
        for (;;) {
          const next = queue.shift();
          if (next) {
            yield next.bytes;
            next.taken();
          } else if (isClosed) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        isClosed = true;
        for (const { taken } of queue) taken();
      }
    },
    note(delta) {
      if (delta.type === 'part_start' && (delta.part.type === 'text' || delta.part.type === 'refusal'))
        texts.set(delta.index, { type: delta.part.type, text: '' });
      if (delta.type === 'end') end = delta;
      if (delta.type !== 'delta') return '';
      const part = texts.get(delta.index);
      if (!part) return '';
      part.text += delta.text;
      return delta.text;
    },
    answer: () => ({
      id: '',
      parts: [...texts.values()] satisfies Part[],
      stop: end?.stop ?? 'end',
      stopSequence: end?.stopSequence ?? null,
      usage: end?.usage ?? UNKNOWN_USAGE,
    }),
  };
}
