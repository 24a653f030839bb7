/** The end of a stream whose server does not end the connection. */
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/contracts/call.ts';
import { isModelChunk, type ModelDialect, type ModelProvider } from '../../../src/contracts/model.ts';
import { Scope } from '../../../src/core/scope.ts';
import { runAttempt } from '../../../src/models/attempt.ts';
import { toCallInput } from '../../../src/models/client/call-input.ts';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';

const ENDS: Readonly<Partial<Record<ModelDialect, readonly object[]>>> = {
  'openai-chat': [{ choices: [{ index: 0, delta: { content: 'hi' } }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }],
  'anthropic-messages': [
    { type: 'message_start', message: { usage: {} } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} },
    { type: 'message_stop' },
  ],
  'openai-responses': [
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'hi' },
    { type: 'response.completed', response: { status: 'completed', usage: {} } },
  ],
};

async function attempt(
  dialect: ModelDialect,
  behind: (scope: Scope) => AsyncGenerator<Uint8Array>,
  events = ENDS[dialect] ?? [],
): Promise<{ text: string; ms: number }> {
  const provider: ModelProvider = {
    name: 'p',
    kind: 'openai',
    missing: undefined,
    isSimulated: false,
    dialects: () => [dialect],
    send: ({ scope }) =>
      Promise.resolve({
        status: 200,
        headers: {},
        body: (async function* () {
          for (const event of events) yield Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
          if (dialect === 'openai-chat' && behind !== later) yield DONE;
          yield* behind(scope);
        })(),
      }),
    classify: () => expect.fail(),
    listModels: () => Promise.resolve([]),
  };
  using scope = new Scope();
  let text = '';
  const emit: CallContext['emit'] = (part) => {
    if (part.type === 'chunk' && isModelChunk(part.value)) text += Buffer.from(part.value.bytes).toString();
  };
  const startedAt = performance.now();
  const context = { scope, emit, spend: () => undefined } as unknown as CallContext;
  const input = toCallInput({ dialect, isStream: true, holdBack: 'complete', attempt: 1 }, Buffer.from('{"model":"m"}'));
  const times = { firstTokenMs: 20_000, idleMs: 20_000, answerMs: 20_000 };
  await runAttempt({ provider, model: 'm' }, input, context, { registry: createModelRegistry(), times, maxBytes: 1e6, wantsUsage: false });
  return { text, ms: performance.now() - startedAt };
}

const DONE = Buffer.from('data: [DONE]\n\n');
async function* silent(scope: Scope): AsyncGenerator<Uint8Array> {
  await scope.race(new Promise<never>(() => undefined));
}
async function* pinging(scope: Scope): AsyncGenerator<Uint8Array> {
  for (;;) {
    await scope.race(new Promise((resolve) => setTimeout(resolve, 20)));
    yield Buffer.from(': ping\n\n');
  }
}
async function* later(scope: Scope): AsyncGenerator<Uint8Array> {
  await scope.race(new Promise((resolve) => setTimeout(resolve, 1500)));
  yield Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n');
  yield DONE;
}
async function* ending(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(': end\n\n'));
}

// @requirement M5.a
describe('M5.a an answer that is whole, behind which the connection', () => {
  it('stays open, is whole a second later', async () => {
    const dialects = Object.keys(ENDS) as ModelDialect[];
    const open = dialects.flatMap((dialect) => [attempt(dialect, silent), attempt(dialect, pinging)]);
    // The control: one that ends is whole at once.
    for (const { ms } of await Promise.all(dialects.map((dialect) => attempt(dialect, ending)))) expect(ms).toBeLessThan(900);
    for (const { text, ms } of await Promise.all(open)) {
      expect(text).toContain('hi');
      expect(ms).toBeGreaterThan(900);
      expect(ms).toBeLessThan(10_000);
    }
  });

  it('goes on with the sentinel of another dialect, is whole as well', async () => {
    async function* sentinel(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(DONE);
    }
    for (const dialect of Object.keys(ENDS) as ModelDialect[]) {
      const { text } = await attempt(dialect, sentinel);
      expect(text.includes('[DONE]')).toBe(dialect === 'openai-chat');
    }
    // The control: before the end it is no end.
    await expect(attempt('anthropic-messages', ending, ENDS['anthropic-messages']?.slice(0, -1))).rejects.toMatchObject({ code: 'PROVIDER_INCOMPLETE' });
  });

  it('goes on after its reason, has not had its last event: what follows still arrives', async () => {
    expect((await attempt('openai-chat', later)).text).toContain('completion_tokens');
  });
});
