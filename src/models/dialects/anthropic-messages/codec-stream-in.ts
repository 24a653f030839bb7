/** @module models/dialects/anthropic-messages/codec-stream-in: a provider's events, as deltas. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { parseExactObject } from '../../wire/exact-json.ts';
import { objectIn } from '../../wire/json.ts';
import type { ChatDelta, StreamDecoder } from '../conversation.ts';
import { sealSignature } from '../signatures.ts';
import { stopOf, unknownBlock } from './codec-answer.ts';
import { anthropicUsage, known } from './reader.ts';

const MEMBER_OF: Readonly<Record<string, string>> = { text_delta: 'text', thinking_delta: 'thinking', input_json_delta: 'partial_json' };

/** The dialect's own order is that of the typed form. The end of a message completes what its beginning said of the usage. */
export function createAnthropicDecoder(): StreamDecoder {
  let told: JsonObject = {};
  let hasEnded = false;
  let reason: unknown;
  let stopSequence: string | null = null;
  /** Inputs that some servers send whole with the beginning of the call. */
  const inputs = new Map<number, string>();

  const end = (): readonly ChatDelta[] => {
    if (hasEnded) return [];
    hasEnded = true;
    return [{ type: 'end', stop: stopOf(reason), stopSequence, usage: anthropicUsage(told) }];
  };

  const decode = (event: JsonObject): readonly ChatDelta[] => {
    const index = typeof event['index'] === 'number' ? event['index'] : 0;
    switch (event['type']) {
      case 'message_start': {
        const message = objectIn(event, 'message');
        told = objectIn(message, 'usage');
        return [{ type: 'start', id: typeof message['id'] === 'string' ? message['id'] : '', usage: anthropicUsage(told) }];
      }
      case 'content_block_start':
        return startOf(objectIn(event, 'content_block'), index, inputs);
      case 'content_block_delta': {
        const deltas = deltaOf(objectIn(event, 'delta'), index);
        if (deltas.some(({ type }) => type === 'delta')) inputs.delete(index);
        return deltas;
      }
      case 'content_block_stop': {
        const input = inputs.get(index);
        return [...(input === undefined ? [] : [{ type: 'delta', index, text: input } satisfies ChatDelta]), { type: 'part_end', index }];
      }
      case 'message_delta': {
        const { stop_reason, stop_sequence } = objectIn(event, 'delta');
        reason = stop_reason ?? reason;
        if (typeof stop_sequence === 'string') stopSequence = stop_sequence;
        told = { ...told, ...known(objectIn(event, 'usage')) };
        return [];
      }
      case 'message_stop':
        return end();
      default:
        return [];
    }
  };

  return { decode: (data) => (data === '' ? [] : decode(parseExactObject(data))), finish: end };
}

function startOf(block: JsonObject, index: number, inputs: Map<number, string>): readonly ChatDelta[] {
  const { type, text, thinking, signature, data, id, name, input } = block;
  if (type === 'text' || type === 'thinking') {
    const said = type === 'text' ? text : thinking;
    return [
      { type: 'part_start', index, part: { type } },
      ...(typeof said === 'string' && said !== '' ? [{ type: 'delta', index, text: said } satisfies ChatDelta] : []),
      ...signatureOf(signature, index),
    ];
  }
  if (type === 'redacted_thinking' && typeof data === 'string')
    return [{ type: 'part_start', index, part: { type, data: sealSignature('anthropic-messages', data) } }];
  if (type !== 'tool_use' || typeof id !== 'string' || typeof name !== 'string') throw unknownBlock(type);
  if (isObject(input) && Object.keys(input).length > 0) inputs.set(index, JSON.stringify(input));
  return [{ type: 'part_start', index, part: { type: 'tool_call', id, name } }];
}

/** Citations are asked for by no request that is converted. */
function deltaOf(delta: JsonObject, index: number): readonly ChatDelta[] {
  const { type } = delta;
  if (type === 'signature_delta') return signatureOf(delta['signature'], index);
  const member = typeof type === 'string' && Object.hasOwn(MEMBER_OF, type) ? MEMBER_OF[type] : undefined;
  const text = member === undefined ? undefined : delta[member];
  return typeof text === 'string' && text !== '' ? [{ type: 'delta', index, text }] : [];
}

function signatureOf(signature: unknown, index: number): readonly ChatDelta[] {
  return typeof signature === 'string' && signature !== '' ? [{ type: 'signature', index, signature: sealSignature('anthropic-messages', signature) }] : [];
}
