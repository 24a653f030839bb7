import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import { toolFailure } from '../../../src/contracts/tool-failure.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { compileSchema } from '../../../src/schema/compile.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { road, tool } from './road.ts';

const TIMESTAMP = '1970-01-01T00:16:40.000Z';

describe('the envelope', () => {
  test('carries data, and a text for models', async () => {
    expect(await road([tool(() => ({ n: 1 }))]).run('it')).toEqual({
      content: [{ type: 'text', text: '{"n":1}' }],
      structuredContent: { success: true, data: { n: 1 }, error: null, timestamp: TIMESTAMP, correlation_id: 'corr-1' },
    });
  });

  test('the text may be the author’s', async () => {
    const { content } = await road([
      defineTool({ name: 'it', description: 'A tool for tests.', handler: async () => ({ n: 1 }), text: ({ n }) => `n is ${n}` }),
    ]).run('it');
    expect(content).toEqual([{ type: 'text', text: 'n is 1' }]);
  });

  test('its schema wraps the author’s, and references in that still lead home', () => {
    const output = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { tree: { $ref: '#/$defs/node' }, default: { $ref: '#/$defs/node' }, all: { enum: [{ $ref: '#/x' }] } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
    };
    const { catalog } = road([tool(() => null, { output })]);
    const outputSchema = catalog.list('tools')[0]?.definition['outputSchema'] as JsonObject;
    expect(outputSchema['$schema']).toBe(output.$schema);
    const validate = compileSchema(outputSchema);
    const envelope = (data: unknown): JsonObject => ({ success: true, data, error: null, timestamp: TIMESTAMP, correlation_id: 'c' });
    expect(validate(envelope({ tree: { next: { next: {} } }, default: {} }))).toBeUndefined();
    expect(validate(envelope({ tree: { next: { other: 1 } } }))).toBeDefined();
    expect(validate(envelope({ default: { other: 1 } }))).toBeDefined();
    expect(validate(envelope(null))).toBeUndefined();
    expect(JSON.stringify(outputSchema)).toContain('"enum":[{"$ref":"#/x"}]');
  });

  test('a failure has the same shape, and is what a door writes', () => {
    const failed = toolFailure(new AppError('PATH_NOT_FOUND', { message: 'No file a.txt.' }), { correlationId: 'c', timestamp: TIMESTAMP, isEnveloped: true });
    expect(failed).toEqual({
      content: [{ type: 'text', text: 'PATH_NOT_FOUND: No file a.txt.\nFix: Call list_directory to see what there is.' }],
      structuredContent: {
        success: false,
        data: null,
        error: { code: 'PATH_NOT_FOUND', message: 'No file a.txt.', fix: 'Call list_directory to see what there is.' },
        timestamp: TIMESTAMP,
        correlation_id: 'c',
      },
      isError: true,
    });
    const { catalog } = road([tool(() => null, { output: { type: 'object' } })]);
    expect(compileSchema(catalog.list('tools')[0]?.definition['outputSchema'])(failed.structuredContent)).toBeUndefined();
    expect(toolFailure(new AppError('TOOL_FAILED'), { correlationId: 'c', timestamp: TIMESTAMP, isEnveloped: false })).not.toHaveProperty('structuredContent');
  });

  test('K2.b data is checked against the output schema', async () => {
    const output = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    expect(await road([tool(() => ({ n: 1 }), { output })]).data('it')).toEqual({ n: 1 });
    expect(await road([tool(() => ({ n: 'one' }), { output })]).failure('tool', 'it')).toBe('OUTPUT_INVALID: The output is invalid: /n: must be an integer');
    expect(await road([tool(() => undefined, { output })]).failure('tool', 'it')).toMatch(/must be an object/);
  });
});

describe('a tool that brings its own result', () => {
  const own = (result: unknown, more: Partial<ToolDefinition> = {}): Promise<unknown> =>
    road([tool(() => result, { isEnveloped: false, ...more })])
      .run('it')
      .catch((error: AppError) => `${error.code}: ${error.message}`);

  test('gets it through unchanged', async () => {
    const result = { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }], structuredContent: { a: 1 }, isError: false, _meta: { x: 1 } };
    expect(await own(result)).toEqual(result);
    expect(await own({ content: [], isError: true })).toEqual({ content: [], isError: true });
  });

  test.each([
    [undefined, /an object with content/],
    ['text', /an object with content/],
    [{}, /content must be a list/],
    [{ content: ['x'] }, /an object with a type/],
    [{ content: [{ text: 'x' }] }, /with a type/],
    [{ content: [], structuredContent: [] }, /structuredContent must be/],
    [{ content: [], isError: 'yes' }, /isError must be/],
    [{ content: [], _meta: 1 }, /_meta must be/],
  ])('%j is none', async (result, expected) => {
    expect(await own(result)).toMatch(expected);
  });

  test('its structured content follows the output schema, unless it failed', async () => {
    const output = { type: 'object', required: ['n'] };
    expect(await own({ content: [], structuredContent: {} }, { output })).toMatch(/OUTPUT_INVALID: .*\/n: is required/);
    expect(await own({ content: [] }, { output })).toMatch(/OUTPUT_INVALID/);
    expect(await own({ content: [], isError: true }, { output })).toEqual({ content: [], isError: true });
  });
});

describe('hostile handlers', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  let deep: unknown = 1;
  for (let level = 0; level < 5000; level += 1) deep = [deep];
  test.each<[string, () => unknown, RegExp]>([
    [
      'throws a text',
      () => {
        // biome-ignore lint/style/useThrowOnlyError: authors do
        throw 'boom';
      },
      /^TOOL_FAILED: The tool failed\.$/,
    ],
    [
      'throws an error with a secret in it',
      () => {
        throw new Error('password hunter2 in /home/x');
      },
      /^TOOL_FAILED: The tool failed\.$/,
    ],
    [
      'throws undefined',
      () => {
        // biome-ignore lint/style/useThrowOnlyError: authors do
        throw undefined;
      },
      /^TOOL_FAILED/,
    ],
    [
      'rejects',
      async () => {
        throw new RangeError('x');
      },
      /^TOOL_FAILED/,
    ],
    [
      'rejects with an AppError',
      async () => {
        throw new AppError('PATH_NOT_FOUND', { message: 'No a.' });
      },
      /^PATH_NOT_FOUND: No a\.$/,
    ],
    ['returns a bigint', () => ({ n: 1n }), /^OUTPUT_INVALID: The tool returned something that is not JSON: it holds a cycle, a bigint/],
    ['returns a cycle', () => cyclic, /^OUTPUT_INVALID/],
    ['returns endless nesting', () => deep, /^OUTPUT_INVALID: .* nested too deeply/],
    ['returns too much', () => 'x'.repeat(1_000_001), /^RESPONSE_TOO_LARGE/],
    ['returns too much with its text', () => 'x'.repeat(600_000), /^RESPONSE_TOO_LARGE/],
    ['returns too many things', () => Array.from({ length: 1_000_000 }, () => 1), /^RESPONSE_TOO_LARGE/],
    [
      'returns what throws when read',
      () => ({
        get n(): number {
          throw new Error('no');
        },
      }),
      /^TOOL_FAILED/,
    ],
    [
      'returns what throws when written',
      () => ({
        toJSON: () => {
          throw new Error('no');
        },
      }),
      /^OUTPUT_INVALID/,
    ],
  ])('one that %s', async (_name, handler, expected) => {
    expect(await road([tool(handler)]).failure('tool', 'it')).toMatch(expected);
  });

  test.each<[string, unknown, unknown]>([
    ['undefined', undefined, null],
    ['a function', () => 1, null],
    ['a symbol', Symbol('x'), null],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['NaN', { n: Number.NaN }, { n: null }],
    ['a sparse array', [undefined, 1], [null, 1]],
    [
      'a class',
      new (class {
        a = 1;
      })(),
      { a: 1 },
    ],
    ['no prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('what is not plain JSON becomes it: %s', async (_name, returned, expected) => {
    expect(await road([tool(() => returned)]).data('it')).toEqual(expected);
  });

  test('one that never ends cannot hold its caller', async () => {
    const controller = new AbortController();
    let seen: unknown;
    const { failure } = road([
      tool(
        (_input, { signal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              seen = signal.reason;
            });
          }),
      ),
    ]);
    const ended = failure('tool', 'it', {}, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await ended).toMatch(/^CANCELLED/);
    expect(AppError.is(seen) && seen.code).toBe('CANCELLED');
  });

  test('a description of the result that is no text', async () => {
    expect(await road([tool(() => 1, { text: () => 5 as never })]).failure('tool', 'it')).toMatch(/OUTPUT_INVALID: .* not a text/);
  });
});

describe('input', () => {
  const input = { type: 'object', properties: { a: { type: 'string' }, n: { type: 'integer', default: 3 } }, required: ['a'], additionalProperties: false };

  test('a JSON Schema: validated, defaults filled in, frozen', async () => {
    const { data, failure } = road([tool((given) => ({ given, isFrozen: Object.isFrozen(given) }), { input })]);
    expect(await data('it', { a: 'x' })).toEqual({ given: { a: 'x', n: 3 }, isFrozen: true });
    expect(await failure('tool', 'it', { a: 1 })).toBe('INPUT_INVALID: /a: must be a string');
    expect(await failure('tool', 'it', { a: 'x', b: 1 })).toMatch(/\/b: is unknown; known are "a", "n"/);
  });

  test('none: no arguments are taken', async () => {
    const { failure, data } = road([tool(() => 'ok')]);
    expect(await data('it', {})).toBe('ok');
    expect(await failure('tool', 'it', { a: 1 })).toMatch(/INPUT_INVALID: \/a: is not allowed/);
  });

  test('a Standard Schema: its library validates once, and the handler gets its output', async () => {
    let runs = 0;
    const schema = v.object({
      n: v.pipe(
        v.string(),
        v.transform((text) => {
          runs += 1;
          return Number(text);
        }),
      ),
      unit: v.optional(v.string(), 'm'),
    });
    const permissions: unknown[] = [];
    const { data, failure, catalog } = road(
      [
        defineTool({
          name: 'it',
          description: 'A tool for tests.',
          input: schema,
          permissions: (given) => {
            permissions.push(given);
            return [];
          },
          handler: ({ n, unit }) => `${n + 1} ${unit}`,
        }),
      ],
      {
        policy: () => ({
          decide: (_who, target, given, place = {}) => {
            target.access.permissions?.(given, place);
            return { isAllowed: true, rule: 'all', reason: '' };
          },
          isVisible: () => true,
          scopesOf: () => [],
        }),
      },
    );
    expect(await data('it', { n: '41' })).toBe('42 m');
    expect(runs).toBe(1);
    expect(permissions).toEqual([{ n: 41, unit: 'm' }]);
    expect(await failure('tool', 'it', { n: 5 })).toMatch(/^INPUT_INVALID: \/n: Invalid type: Expected string but received 5/);
    expect(catalog.list('tools')[0]?.definition['inputSchema']).toMatchObject({ type: 'object', properties: { n: { type: 'string' } } });
  });

  test('an asynchronous Standard Schema: its JSON Schema at once, the library before the handler', async () => {
    const standard = {
      '~standard': {
        version: 1 as const,
        vendor: 'slow',
        jsonSchema: { input: () => ({ type: 'object', properties: { n: { type: 'integer' } } }) },
        validate: async (value: unknown) =>
          (value as { n: number }).n > 0
            ? { value: { n: (value as { n: number }).n * 2 } }
            : { issues: [{ message: 'must be positive', path: [{ key: 'n' }] }] },
      },
    };
    const definition = tool((given) => given, { input: standard });
    expect(await road([definition]).data('it', { n: 2 })).toEqual({ n: 4 });
    expect(await road([definition]).failure('tool', 'it', { n: 'x' })).toBe('INPUT_INVALID: /n: must be an integer');
    expect(await road([definition]).failure('tool', 'it', { n: -1 })).toBe('INPUT_INVALID: /n must be positive');
    const [listed] = road([{ ...definition, permissions: () => [] }]).catalog.list('tools');
    expect(() => listed?.target.access.permissions?.({ n: 1 }, {})).toThrow(/validates asynchronously/);
  });

  test('members to redact reach neither audit nor log', async () => {
    const { data, records } = road([
      tool(() => 'ok', { input: { type: 'object', properties: { password: { type: 'string' }, user: { type: 'string' } } }, redact: ['/password'] }),
    ]);
    await data('it', { user: 'u', password: 'hunter2' });
    expect(JSON.stringify(records)).not.toContain('hunter2');
    expect(JSON.stringify(records)).toContain('"user":"u"');
  });
});
