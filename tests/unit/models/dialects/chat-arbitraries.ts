/** Random requests, answers and streams for the properties of codecs. */
import fc from 'fast-check';
import type { ChatAnswer, ChatDelta, Part } from '../../../../src/models/dialects/conversation.ts';
import { UNKNOWN } from './codec-trial.ts';

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
/** Closed: an open one is not strict at OpenAI, which the way there reports. */
const schema = fc
  .constantFrom('string', 'integer')
  .map((type) => ({ type: 'object', properties: { a: { type } }, required: ['a'], additionalProperties: false }));
const count = fc.integer({ min: 1, max: 100_000 });
const input = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });
const may = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null | undefined> => fc.option(fc.option(value), { nil: undefined });
const without = (record: object): object => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const base64 = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64'));

const openAiUserPart = fc.oneof(
  text.map((said) => ({ type: 'text', text: said })),
  base64.map((data) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } })),
  fc.record({ url: fc.webUrl(), detail: fc.constantFrom('low', 'high') }).map((image) => ({ type: 'image_url', image_url: image })),
  base64.map((data) => ({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } })),
);
const openAiExchange = fc
  .record({
    said: fc.oneof(text, fc.array(openAiUserPart, { minLength: 1, maxLength: 3 })),
    calls: fc.uniqueArray(id, { maxLength: 2 }),
    thought: may(text),
    answer: text,
    inputs: fc.array(input, { minLength: 2, maxLength: 2 }),
    results: fc.array(
      fc.oneof(
        text,
        fc.array(
          text.map((said) => ({ type: 'text', text: said })),
          { minLength: 1, maxLength: 2 },
        ),
      ),
      { minLength: 2, maxLength: 2 },
    ),
    name: may(text),
  })
  .map(({ said, calls, thought, answer, inputs, results, name }) => [
    without({ role: 'user', content: said, name }),
    without({
      role: 'assistant',
      content: answer,
      reasoning_content: thought,
      ...(calls.length === 0
        ? {}
        : { tool_calls: calls.map((call, index) => ({ id: call, type: 'function', function: { name: 'tool', arguments: JSON.stringify(inputs[index]) } })) }),
    }),
    ...calls.map((call, index) => ({ role: 'tool', tool_call_id: call, content: results[index] })),
  ]);

/** Valid requests of OpenAI's chat, with members that are carried, noted and refused. */
export const openAiRequest: fc.Arbitrary<object> = fc
  .record({
    system: fc.array(fc.record({ role: fc.constantFrom('system', 'developer'), content: text }), { maxLength: 2 }),
    exchanges: fc.array(openAiExchange, { maxLength: 3 }),
    last: text,
    members: fc.record(
      {
        max_tokens: may(count),
        max_completion_tokens: may(count),
        temperature: may(fc.constantFrom(0, 0.5, 1, 1.5, 2)),
        top_p: may(fc.constantFrom(0.1, 1)),
        top_k: may(count),
        seed: may(fc.integer()),
        stop: may(fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }))),
        tools: may(
          fc.array(
            fc.record({
              type: fc.constant('function'),
              function: fc.record(
                { name: fc.constantFrom('tool', 'other'), description: text, parameters: schema, strict: fc.boolean() },
                { requiredKeys: ['name', 'parameters'] },
              ),
            }),
            { maxLength: 2 },
          ),
        ),
        tool_choice: may(fc.constantFrom('auto', 'none', 'required', { type: 'function', function: { name: 'tool' } })),
        parallel_tool_calls: may(fc.boolean()),
        response_format: may(
          fc.oneof(
            fc.constantFrom({ type: 'text' }, { type: 'json_object' }),
            fc.record({ type: fc.constant('json_schema'), json_schema: fc.record({ name: fc.constant('answer'), schema, strict: fc.boolean() }) }),
          ),
        ),
        reasoning_effort: may(fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
        user: may(text),
        safety_identifier: may(text),
        n: may(fc.constantFrom(1, 1, 1, 2)),
        logprobs: may(fc.constantFrom(false, false, true)),
        modalities: may(fc.constant(['text'])),
        store: may(fc.boolean()),
        metadata: may(fc.constant({ a: 'b' })),
        frequency_penalty: may(fc.constantFrom(0, 1)),
        logit_bias: may(fc.constant({ 50256: -100 })),
        service_tier: may(fc.constant('flex')),
        stream: may(fc.boolean()),
        stream_options: may(fc.constantFrom({ include_usage: true }, { include_obfuscation: false })),
        of_tomorrow: may(fc.anything({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown)),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ system, exchanges, last, members }) =>
    without({ model: 'm', messages: [...system, ...exchanges.flat(), { role: 'user', content: last }], ...members }),
  );

const anthropicBlock = fc.oneof(
  text.map((said) => ({ type: 'text', text: said })),
  text.map((said) => ({ type: 'text', text: said, cache_control: { type: 'ephemeral' } })),
  base64.map((data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })),
  base64.map((data) => ({ type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data } })),
);
const anthropicExchange = fc
  .record({
    said: fc.array(anthropicBlock, { minLength: 1, maxLength: 2 }),
    calls: fc.uniqueArray(id, { maxLength: 2 }),
    answer: text,
    input,
    thought: may(text),
    isError: fc.boolean(),
    note: may(text),
  })
  .map(({ said, calls, answer, input: given, thought, isError, note }) => [
    { role: 'user', content: said },
    {
      role: 'assistant',
      content: [
        ...(typeof thought === 'string' ? [{ type: 'thinking', thinking: thought, signature: 's' }] : []),
        { type: 'text', text: answer },
        ...calls.map((call) => ({ type: 'tool_use', id: call, name: 'tool', input: given })),
      ],
    },
    ...(calls.length === 0
      ? []
      : [{ role: 'user', content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call, content: 'x', ...(isError ? { is_error: true } : {}) })) }]),
    ...(typeof note === 'string' && calls.length > 0
      ? [
          { role: 'system', content: note },
          { role: 'assistant', content: 'Yes.' },
        ]
      : []),
  ]);

/** Valid requests of Anthropic's messages, with members that are carried, noted and refused. */
export const anthropicRequest: fc.Arbitrary<object> = fc
  .record({
    exchanges: fc.array(anthropicExchange, { maxLength: 3 }),
    last: text,
    members: fc.record(
      {
        system: may(
          fc.oneof(
            text,
            fc.array(
              text.map((said) => ({ type: 'text', text: said })),
              { minLength: 1, maxLength: 2 },
            ),
          ),
        ),
        temperature: may(fc.constantFrom(0, 0.5, 1)),
        top_p: may(fc.constantFrom(0.1, 1)),
        top_k: may(count),
        stop_sequences: may(fc.array(text, { minLength: 1, maxLength: 3 })),
        tools: may(
          fc.array(
            fc.record(
              {
                name: fc.constantFrom('tool', 'other'),
                description: text,
                input_schema: schema,
                strict: fc.boolean(),
                cache_control: fc.constant({ type: 'ephemeral' }),
              },
              { requiredKeys: ['name', 'input_schema'] },
            ),
            { maxLength: 2 },
          ),
        ),
        tool_choice: may(
          fc.oneof(
            fc.constantFrom({ type: 'none' }, { type: 'tool', name: 'tool' }),
            fc.record({ type: fc.constantFrom('auto', 'any'), disable_parallel_tool_use: fc.boolean() }, { requiredKeys: ['type'] }),
          ),
        ),
        thinking: may(fc.constantFrom({ type: 'disabled' }, { type: 'adaptive' }, { type: 'enabled', budget_tokens: 4096 })),
        output_config: may(
          fc.record(
            { effort: fc.constantFrom('low', 'medium', 'high', 'xhigh', 'max'), format: schema.map((value) => ({ type: 'json_schema', schema: value })) },
            { requiredKeys: [] },
          ),
        ),
        metadata: may(fc.record({ user_id: text }, { requiredKeys: [] })),
        service_tier: may(fc.constant('auto')),
        container: may(fc.constantFrom(null, null, null, 'c')),
        cache_control: may(fc.constant({ type: 'ephemeral' })),
        context_management: may(fc.constant({ edits: [] })),
        stream: may(fc.boolean()),
        of_tomorrow: may(fc.constantFrom(1, 'x', {}, [])),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ exchanges, last, members }) =>
    without({ model: 'm', max_tokens: 9000, messages: [...exchanges.flat(), { role: 'user', content: last }], ...members }),
  );

const usage = fc
  .record({ fresh: count, outputTokens: count, cacheReadTokens: fc.option(count), cacheWriteTokens: fc.option(count) })
  .map(({ fresh, ...known }) => ({
    ...known,
    inputTokens: fresh + (known.cacheReadTokens ?? 0) + (known.cacheWriteTokens ?? 0),
  }));

/** What a model said; `sign` makes a signature that its dialect knows as its own. */
export const answerOf = (sign: (signature: string) => string): fc.Arbitrary<ChatAnswer> =>
  fc
    .record({
      id,
      thought: fc.option(fc.record({ text, signature: fc.option(text) })),
      said: fc.option(text),
      calls: fc.array(fc.record({ id, input }), { maxLength: 3 }),
      usage,
      isShort: fc.boolean(),
    })
    .map(({ id: answerId, thought, said, calls, usage: used, isShort }): ChatAnswer => {
      const parts: Part[] = [
        ...(thought ? [{ type: 'thinking', text: thought.text, signature: thought.signature === null ? null : sign(thought.signature) } satisfies Part] : []),
        ...(said === null ? [] : [{ type: 'text', text: said } satisfies Part]),
        ...calls.map(
          (call, index): Part => ({ type: 'tool_call', id: `${call.id}${index}`, name: 'tool', input: JSON.stringify(call.input), signature: null }),
        ),
      ];
      return { id: answerId, parts, stop: isShort ? 'length' : calls.length > 0 ? 'tool_calls' : 'end', stopSequence: null, usage: used };
    });

/** The deltas of an answer: texts in pieces, calls interleaved in the order that `picks` says. */
export function deltasOf({ id: answerId, parts, stop, stopSequence, usage: used }: ChatAnswer, picks: readonly number[]): ChatDelta[] {
  const lanes = parts.map((part, index): ChatDelta[] => {
    if (part.type !== 'text' && part.type !== 'thinking' && part.type !== 'tool_call') return [];
    const said = part.type === 'tool_call' ? part.input : part.text;
    const characters = [...said];
    return [
      { type: 'part_start', index, part: part.type === 'tool_call' ? { type: 'tool_call', id: part.id, name: part.name } : { type: part.type } },
      ...characters.flatMap((_, at): ChatDelta[] => (at % 3 === 0 ? [{ type: 'delta', index, text: characters.slice(at, at + 3).join('') }] : [])),
      ...(part.type === 'thinking' && part.signature !== null ? [{ type: 'signature', index, signature: part.signature } satisfies ChatDelta] : []),
      { type: 'part_end', index },
    ];
  });
  const plain = lanes.filter((_, index) => parts[index]?.type !== 'tool_call').flat();
  const calls = lanes.filter((_, index) => parts[index]?.type === 'tool_call');
  const mixed: ChatDelta[] = [];
  for (let turn = 0; calls.some((lane) => lane.length > 0); turn += 1) {
    const waiting = calls.filter((lane) => lane.length > 0);
    const next = waiting[(picks[turn % Math.max(1, picks.length)] ?? 0) % waiting.length]?.shift();
    if (next) mixed.push(next);
  }
  return [{ type: 'start', id: answerId, usage: UNKNOWN }, ...plain, ...mixed, { type: 'end', stop, stopSequence, usage: used }];
}

/** The answer that deltas tell. */
export function answerFrom(deltas: readonly ChatDelta[]): ChatAnswer {
  const parts = new Map<number, Part>();
  let answerId = '';
  for (const delta of deltas) {
    if (delta.type === 'start') answerId = delta.id;
    else if (delta.type === 'part_start') parts.set(delta.index, startOf(delta.part));
    else if (delta.type === 'delta' || delta.type === 'signature') parts.set(delta.index, grown(parts.get(delta.index), delta));
    else if (delta.type === 'end')
      return {
        id: answerId,
        parts: [...parts.entries()].toSorted(([a], [b]) => a - b).map(([, part]) => part),
        stop: delta.stop,
        stopSequence: delta.stopSequence,
        usage: delta.usage,
      };
  }
  throw new Error('no end');
}

function startOf(part: Extract<ChatDelta, { readonly type: 'part_start' }>['part']): Part {
  if (part.type === 'tool_call') return { ...part, input: '', signature: null };
  if (part.type === 'redacted_thinking') return part;
  return part.type === 'thinking' ? { type: 'thinking', text: '', signature: null } : { type: part.type, text: '' };
}

function grown(part: Part | undefined, delta: Extract<ChatDelta, { readonly type: 'delta' | 'signature' }>): Part {
  if (part?.type === 'thinking' && delta.type === 'signature') return { ...part, signature: delta.signature };
  if (delta.type === 'delta' && part?.type === 'tool_call') return { ...part, input: part.input + delta.text };
  if (delta.type === 'delta' && (part?.type === 'text' || part?.type === 'thinking' || part?.type === 'refusal'))
    return { ...part, text: part.text + delta.text };
  throw new Error(`a ${delta.type} of no part`);
}
