import { describe, expect, test } from 'vitest';
import { InputRequired } from '../../../src/contracts/ask.ts';
import type { ToolContext, ToolDefinition } from '../../../src/contracts/tool.ts';
import type { AppError } from '../../../src/core/errors.ts';
import { ALICE, road, tool } from './road.ts';

describe('T14.b the context', () => {
  const probe = (body: (context: ToolContext) => unknown, more: Partial<ToolDefinition> = {}): ToolDefinition => tool((_input, context) => body(context), more);

  test('says who calls, from where, as which call', async () => {
    const { data } = road([probe(({ principal, correlationId, callId, place }) => ({ id: principal.id, correlationId, isCall: callId.length === 36, place }))]);
    const admission = {
      door: 'stdio',
      source: 'stdio',
      credential: { kind: 'bearer' as const, token: 'secret-token' },
      principal: ALICE,
      workspaceRoot: '/projects/a',
    };
    expect(await data('it', {}, { admission })).toEqual({ id: 'key:alice', correlationId: 'corr-1', isCall: true, place: { workspaceRoot: '/projects/a' } });
  });

  test('progress rises, and a cancelled call hears so', async () => {
    const made = road([
      probe(async (context) => {
        for (const value of [1, 1, 0, Number.NaN, 2]) await context.progress(value, 2, 'step');
        const { progress } = context;
        await progress(3);
      }),
    ]);
    await made.data('it');
    expect(made.parts).toEqual([
      { type: 'progress', progress: 1, total: 2, message: 'step' },
      { type: 'progress', progress: 2, total: 2, message: 'step' },
      { type: 'progress', progress: 3, total: undefined, message: undefined },
    ]);
    const controller = new AbortController();
    let heard = '';
    const cancelled = road([
      probe(async (context) => {
        controller.abort();
        await context.progress(1).catch((error: AppError) => {
          heard = error.code;
        });
      }),
    ]);
    expect(await cancelled.failure('tool', 'it', {}, { signal: controller.signal })).toMatch(/^CANCELLED/);
    expect(heard).toBe('CANCELLED');
  });

  test('log lines never decide about the call', async () => {
    const { data, parts } = road([
      probe((context) => {
        context.log('info', { a: 1 }, 'x');
        context.log('error', { n: 1n });
        return 'ok';
      }),
    ]);
    expect(await data('it')).toBe('ok');
    expect(parts).toEqual([
      { type: 'log', level: 'info', logger: 'x', data: { a: 1 } },
      { type: 'log', level: 'error', logger: undefined, data: expect.stringContaining('not shown') as string },
    ]);
    const failing = { emit: () => Promise.reject(new Error('gone')) };
    expect(
      await road([
        probe((context) => {
          context.log('info', 'x');
          return 'ok';
        }),
      ]).data('it', {}, failing),
    ).toBe('ok');
  });

  const form = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  const asking = road([probe((context) => context.elicit('who', 'Who are you?', form))]);
  test.each([
    [
      { action: 'accept', content: { name: 'Ann' } },
      { action: 'accept', content: { name: 'Ann' } },
    ],
    [{ action: 'decline' }, { action: 'decline' }],
    [{ action: 'cancel', content: { name: 1 } }, { action: 'cancel' }],
  ])('a question answered with %j', async (answer, expected) => {
    expect(await asking.data('it', {}, { asker: { ask: async () => ({ who: answer }) } })).toEqual(expected);
  });

  test.each([
    [{ action: 'accept', content: { name: 5 } }, /not of the form asked for: \/name must be a string/],
    [{ action: 'accept' }, /is no answer/],
    [{ action: 'maybe' }, /is no answer/],
  ])('a client that answers %j', async (answer, expected) => {
    expect(await asking.failure('tool', 'it', {}, { asker: { ask: async () => ({ who: answer }) } })).toMatch(expected);
  });

  test('a stateless question ends the call, also through a child', async () => {
    const requests = { who: { method: 'elicitation/create' as const, params: { message: 'Who are you?', requestedSchema: form } } };
    const asker = {
      ask: async () => {
        throw new InputRequired(requests);
      },
    };
    const outer = tool((_input, context) => context.call('it', {}), { name: 'outer' });
    const made = road([probe((context) => context.elicit('who', 'Who are you?', form)), outer]);
    for (const name of ['it', 'outer']) expect((await made.call('tool', name, {}, { asker })).terminal).toEqual({ type: 'input_required', requests });
  });

  test('a child call gives its data, structured content or content, or fails as it failed', async () => {
    const caller = (name: string): ToolDefinition => tool((_input, context) => context.call(name, { a: 1 }), { name: `calls_${name}` });
    const input = { type: 'object' };
    const made = road([
      tool((given) => given, { name: 'enveloped', input }),
      tool(() => ({ content: [{ type: 'text', text: 'x' }] }), { name: 'plain', isEnveloped: false, input }),
      tool(() => ({ content: [], structuredContent: { b: 2 } }), { name: 'structured', isEnveloped: false, input }),
      tool(() => ({ content: [{ type: 'text', text: 'no luck' }], isError: true }), { name: 'error', isEnveloped: false, input }),
      ...['enveloped', 'plain', 'structured', 'error', 'missing'].map(caller),
    ]);
    expect(await made.data('calls_enveloped')).toEqual({ a: 1 });
    expect(await made.data('calls_plain')).toEqual([{ type: 'text', text: 'x' }]);
    expect(await made.data('calls_structured')).toEqual({ b: 2 });
    expect(await made.failure('tool', 'calls_error')).toBe('TOOL_FAILED: error failed: no luck');
    expect(await made.failure('tool', 'calls_missing')).toMatch(/^UNKNOWN_TARGET/);
  });
});
