/** @module models/dialects/gemini/stream: pieces of an answer as deltas, and deltas as pieces. */
import type { ModelUsage } from '../../../contracts/model.ts';
import { parseExactObject } from '../../wire/exact-json.ts';
import { objectsIn } from '../../wire/json.ts';
import type { AnswerFacts, ChatDelta, Part, StopReason, StreamDecoder, StreamEncoder } from '../conversation.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { encodeAnswerPart, idOf, partsIn, pieceOf, stopOf, usageIn } from './answer.ts';
import { failureIn } from './reader.ts';

/** State of one stream. The end is told when the stream is over: usage may come after the reason. */
export function createGeminiDecoder(): StreamDecoder {
  const seen: Pick<Part, 'type'>[] = [];
  let isStarted = false;
  let hasEnded = false;
  /** Texts and thoughts go on through several pieces. */
  let open: { readonly index: number; readonly type: 'text' | 'thinking' } | undefined;
  let reason: unknown;
  let usage: ModelUsage = UNKNOWN_USAGE;

  const close = (): readonly ChatDelta[] => {
    const closed = open;
    open = undefined;
    return closed ? [{ type: 'part_end', index: closed.index }] : [];
  };
  const begin = (part: Extract<ChatDelta, { type: 'part_start' }>['part']): ChatDelta => {
    seen.push({ type: part.type });
    return { type: 'part_start', index: seen.length - 1, part };
  };
  const say = (type: 'text' | 'thinking', text: string, signature: string | null): readonly ChatDelta[] => {
    const started = open?.type === type ? [] : [...close(), begin({ type })];
    const index = seen.length - 1;
    open = { index, type };
    return [
      ...started,
      ...(text === '' ? [] : [{ type: 'delta', index, text } as const]),
      ...(signature === null ? [] : [{ type: 'signature', index, signature } as const]),
    ];
  };
  const call = ({ id, name, input, signature }: Extract<Part, { type: 'tool_call' }>): readonly ChatDelta[] => {
    const started = [...close(), begin({ type: 'tool_call', id, name })];
    const index = seen.length - 1;
    return [
      ...started,
      { type: 'delta', index, text: input },
      ...(signature === null ? [] : [{ type: 'signature', index, signature } as const]),
      { type: 'part_end', index },
    ];
  };
  const decodePart = (part: Part): readonly ChatDelta[] => {
    if (part.type === 'tool_call') return call(part);
    if (part.type === 'thinking') return say('thinking', part.text, part.signature);
    return part.type === 'text' ? say('text', part.text, null) : [];
  };

  return {
    decode(data) {
      if (data === '') return [];
      const piece = parseExactObject(data);
      const failure = failureIn(piece);
      if (failure) throw failure;
      usage = usageIn(piece) ?? usage;
      const [candidate = {}] = objectsIn(piece, 'candidates');
      reason = candidate['finishReason'] ?? reason;
      const started: readonly ChatDelta[] = isStarted ? [] : [{ type: 'start', id: idOf(piece), usage }];
      isStarted = true;
      return [...started, ...partsIn(candidate).flatMap(decodePart)];
    },
    finish() {
      if (hasEnded) return [];
      hasEnded = true;
      const stop = stopOf(reason, seen);
      return [...close(), { type: 'end', stop, stopSequence: null, usage }];
    },
  };
}

/** State of one stream. Calls are told whole: this dialect does not cut them. */
export function createGeminiEncoder(facts: AnswerFacts): StreamEncoder {
  const calls = new Map<number, { readonly id: string; readonly name: string; input: string; signature: string | null }>();
  const types = new Map<number, 'text' | 'thinking'>();
  let id = '';
  const write = (parts: readonly Part[], stop: StopReason | null = null, usage: ModelUsage | null = null): string =>
    `data: ${JSON.stringify(pieceOf({ id, facts, parts: parts.map(encodeAnswerPart), stop, usage }))}\n\n`;
  const endCall = (index: number): string => {
    const call = calls.get(index);
    calls.delete(index);
    return call ? write([{ type: 'tool_call', ...call }]) : '';
  };

  return {
    encode(delta) {
      switch (delta.type) {
        case 'start':
          ({ id } = delta);
          return '';
        case 'part_start':
          if (delta.part.type === 'redacted_thinking') return write([delta.part]);
          if (delta.part.type === 'tool_call') calls.set(delta.index, { id: delta.part.id, name: delta.part.name, input: '', signature: null });
          else types.set(delta.index, delta.part.type === 'thinking' ? 'thinking' : 'text');
          return '';
        case 'delta': {
          const call = calls.get(delta.index);
          if (call) call.input += delta.text;
          if (call || delta.text === '') return '';
          return write([types.get(delta.index) === 'thinking' ? { type: 'thinking', text: delta.text, signature: null } : { type: 'text', text: delta.text }]);
        }
        case 'signature': {
          const call = calls.get(delta.index);
          if (call) call.signature = delta.signature;
          return call ? '' : write([{ type: 'thinking', text: '', signature: delta.signature }]);
        }
        case 'part_end':
          return endCall(delta.index);
        case 'end':
          return [...calls.keys()].map(endCall).join('') + write([{ type: 'text', text: '' }], delta.stop, delta.usage);
      }
    },
  };
}
