/** Calls of tools whose ids are odd, doubled or missing: each result stays with its call. And parts of a stream that have no end. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { anthropicMessagesCodec } from '../../../../src/models/dialects/anthropic-messages/codec.ts';
import { converseCodec } from '../../../../src/models/dialects/bedrock-converse/codec.ts';
import { plainCallId } from '../../../../src/models/dialects/call-ids.ts';
import type { ChatRequest, Turn } from '../../../../src/models/dialects/conversation.ts';
import { geminiCodec } from '../../../../src/models/dialects/gemini/codec.ts';
import { openAiChatCodec } from '../../../../src/models/dialects/openai-chat/codec.ts';
import { encodeWith, PLAIN } from './codec-trial.ts';

const call = (id: string, name: string): Turn['parts'][number] => ({ type: 'tool_call', id, name, input: '{}', signature: null });
const result = (callId: string, text: string): Turn['parts'][number] => ({
  type: 'tool_result',
  callId,
  name: null,
  parts: [{ type: 'text', text }],
  isError: false,
});
const hi = PLAIN.turns[0] as Turn;
const behind = (...turns: readonly Turn[]): ChatRequest => ({ ...PLAIN, turns: [hi, ...turns] });
type Block = { readonly [name: string]: string & { readonly toolUseId: string } };
const blocksOf = (message: unknown): readonly Block[] => (message as { readonly content: readonly Block[] }).content;

const ODD = ['c.1', 'c:1', 'c_1', 'é', 'è', '', ' ', `${'x'.repeat(64)}`, `${'x'.repeat(65)}`, `${'x'.repeat(66)}`];

// @requirement M3.c
describe('M3.c ids of calls', () => {
  it('for vendors that take few signs, stay apart, and are the same at call and result', () => {
    const request = behind({ role: 'assistant', parts: ODD.map((id) => call(id, 'f')) }, { role: 'user', parts: ODD.map((id) => result(id, id)) });
    const messages = encodeWith(anthropicMessagesCodec, request, 'claude-sonnet-5').body['messages'] as unknown[];
    const used = blocksOf(messages[1]).map(({ id }) => id);
    const converse = encodeWith({ ...anthropicMessagesCodec, ...converseCodec }, request, 'm').body['messages'] as unknown[];
    for (const ids of [used, blocksOf(converse[1]).map(({ toolUse }) => toolUse?.toolUseId)]) {
      expect(new Set(ids).size).toBe(ODD.length);
      for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/);
    }
    expect(blocksOf(messages[2]).map(({ tool_use_id: id }) => id)).toEqual(used);
    expect(blocksOf(converse[2]).map(({ toolResult }) => toolResult?.toolUseId)).toEqual(used);
    // The control: what the vendor takes is left alone.
    expect(plainCallId('toolu_01-Ab')).toBe('toolu_01-Ab');
  });

  it('that a server gives anew in every answer: a result has the name of the call before it', () => {
    const request = behind(
      { role: 'assistant', parts: [call('call_0', 'weather')] },
      { role: 'user', parts: [result('call_0', 'rain')] },
      { role: 'assistant', parts: [call('call_0', 'time'), call('call_1', 'place')] },
      { role: 'user', parts: [result('call_1', 'here'), result('call_0', 'noon')] },
    );
    const contents = encodeWith(geminiCodec, request, 'gemini-2.5-pro').body['contents'] as { readonly parts: readonly JsonObject[] }[];
    const told = contents.flatMap(({ parts }) => parts.flatMap(({ functionResponse }) => functionResponse ?? [])) as { name: string; response: JsonObject }[];
    expect(told.map(({ name, response }) => [name, response['output']])).toEqual([
      ['weather', 'rain'],
      ['time', 'noon'],
      ['place', 'here'],
    ]);
  });

  it('that a server does not give: those of two answers are two', () => {
    const message = { tool_calls: [{ function: { name: 'f', arguments: '{}' } }, { function: { name: 'f', arguments: '{}' } }] };
    const plain = (): string[] =>
      openAiChatCodec
        .decodeAnswer({ choices: [{ message, finish_reason: 'tool_calls' }] })
        .parts.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
    const streamed = (): string[] => {
      const deltas = openAiChatCodec
        .createDecoder()
        .decode(JSON.stringify({ choices: [{ delta: { tool_calls: message.tool_calls.map((one, index) => ({ index, ...one })) } }] }));
      return deltas.flatMap((delta) => (delta.type === 'part_start' && delta.part.type === 'tool_call' ? [delta.part.id] : []));
    };
    const ids = [...plain(), ...plain(), ...streamed(), ...streamed()];
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(8);
  });
});

// @requirement M3.c
describe('M3.c parts of a stream', () => {
  const facts = { model: 'm', createdAt: 0, request: PLAIN, wantsUsage: true };
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null };

  it('that have no end do not take along what comes behind them', () => {
    const encoder = anthropicMessagesCodec.createEncoder(facts);
    const out = [
      encoder.encode({ type: 'start', id: 'a', usage }),
      encoder.encode({ type: 'part_start', index: 0, part: { type: 'text' } }),
      encoder.encode({ type: 'part_start', index: 1, part: { type: 'text' } }),
      encoder.encode({ type: 'delta', index: 1, text: 'behind' }),
      encoder.encode({ type: 'end', stop: 'end', stopSequence: null, usage }),
    ].join('');
    expect(out).toContain('"behind"');
    expect(out.match(/"type":"content_block_start"/g)).toHaveLength(2);
    expect(out.match(/"type":"content_block_stop"/g)).toHaveLength(2);
    expect(out.indexOf('behind')).toBeLessThan(out.indexOf('message_delta'));
  });

  it('of hidden thoughts in pieces are ended each, so that the answer behind them arrives', () => {
    const decoder = converseCodec.createDecoder();
    const encoder = anthropicMessagesCodec.createEncoder(facts);
    const events = [
      { messageStart: { role: 'assistant' } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent: 'QQ==' } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent: 'Qg==' } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'the answer' } } },
    ];
    const early = events.flatMap((event) => decoder.decode(JSON.stringify(event)).map((delta) => encoder.encode(delta))).join('');
    expect(early).toContain('the answer');
    expect(early.match(/redacted_thinking/g)).toHaveLength(2);
  });
});
