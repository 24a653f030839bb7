import { describe, expect, expectTypeOf, test } from 'vitest';
import * as v from 'valibot';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../../../src/contracts/tool.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { definePrompt, defineResource, defineTool } from '../../../src/tools/define-tool.ts';
import { road, thrown } from './road.ts';

const TOOL: ToolDefinition = { name: 'it', description: 'A tool for tests.', handler: () => null };
const registerTool = (more: object): string => thrown(() => road().catalog.registerTool({ ...TOOL, ...more } as ToolDefinition));
const registerResource = (more: object): string =>
  thrown(() => road().catalog.registerResource({ uri: 'x://a', name: 'a', read: () => [], ...more } as ResourceDefinition));
const registerPrompt = (more: object): string =>
  thrown(() => road().catalog.registerPrompt({ name: 'p', get: () => ({ messages: [] }), ...more } as PromptDefinition));

describe('T14.c tools that are refused, with the member', () => {
  const circular: Record<string, unknown> = { type: 'object' };
  circular['default'] = circular;
  test.each<[string, object, RegExp]>([
    ['no name', { name: undefined }, /^DEFINITION_INVALID: A tool: name is required\.$/],
    ['a name with a space', { name: 'a b' }, /^DEFINITION_INVALID: Tool "a b": name must be 1 to 64 of A-Z a-z 0-9 _ \. -\.$/],
    ['a long name', { name: 'a'.repeat(65) }, /name must be/],
    ['a name with an umlaut', { name: 'größe' }, /name must be/],
    ['no description', { description: undefined }, /description is required/],
    ['a long description', { description: 'x'.repeat(20_001) }, /description must be a string of at most 20000/],
    ['no handler', { handler: undefined }, /handler is required/],
    ['a text as handler', { handler: 'x' }, /handler must be a function/],
    ['an unknown member', { inputSchema: {} }, /inputSchema is unknown; known are name, title, description, input, /],
    ['unknown metadata', { metadata: { colour: 'red' } }, /metadata\.colour is unknown; known are runtime, /],
    ['an unknown runtime', { metadata: { runtime: 'gpu' } }, /metadata\.runtime must be one of main, peer, cpu, sandbox, auto, fastapi, trio/],
    ['a priority of 11', { metadata: { priority: 11 } }, /metadata\.priority must be a whole number from 0 to 10/],
    ['a priority of 2.5', { metadata: { priority: 2.5 } }, /metadata\.priority/],
    ['no time at all', { metadata: { timeoutSeconds: 0 } }, /metadata\.timeoutSeconds must be greater than 0/],
    ['time for ever', { metadata: { timeoutSeconds: Infinity } }, /metadata\.timeoutSeconds must be a number from 0 to 86400/],
    ['NaN as time', { metadata: { timeoutSeconds: Number.NaN } }, /metadata\.timeoutSeconds/],
    ['an unknown retry policy', { metadata: { retryPolicy: 'often' } }, /metadata\.retryPolicy/],
    ['metadata as a list', { metadata: [] }, /metadata must be an object/],
    ['a hint that is no boolean', { annotations: { readOnlyHint: 'yes' } }, /annotations\.readOnlyHint must be true or false/],
    ['an unknown hint', { annotations: { safe: true } }, /annotations\.safe is unknown/],
    ['scopes that are none', { scopes: ['tools:read', 'a b'] }, /scopes\[1\] must be a scope/],
    ['a pointer that is none', { redact: ['password'] }, /redact\[0\] must be a JSON Pointer/],
    ['icons without src', { icons: [{}] }, /icons\[0\] must be an object with src/],
    ['an input schema that is a list', { input: [] }, /input must be a JSON Schema/],
    ['an input schema for a text', { input: { type: 'string' } }, /input schema must have type "object"/],
    [
      'an input schema with an error',
      { input: { type: 'object', properties: { a: { type: 'strnig' } } } },
      /The schema is invalid: \/properties\/a\/type must be one of/,
    ],
    ['an input schema from elsewhere', { input: { type: 'object', properties: { a: { $ref: 'http://evil.example/s' } } } }, /nothing is fetched/],
    ['an input schema that is circular', { input: circular }, /circular, nested too deeply/],
    ['an input schema with a function', { input: { type: 'object', default: () => 1 } }, /holds a value that is not JSON \(function\)/],
    ['an output schema with an error', { output: { type: 'x' } }, /The schema is invalid: \/type/],
    ['an output schema for a text without envelope', { output: { type: 'string' }, isEnveloped: false }, /output schema must have type "object"/],
    ['a Standard Schema for a text', { input: v.string() }, /must have type "object"/],
    [
      'a Standard Schema without words',
      { input: { '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } } },
      /The x schema cannot be turned into JSON Schema/,
    ],
  ])('%s', (_name, more, expected) => {
    expect(registerTool(more)).toMatch(expected);
  });

  test('what is no object, or cannot be read', () => {
    for (const definition of [null, undefined, 5, 'x', []])
      expect(thrown(() => road().catalog.registerTool(definition as never))).toMatch(/^DEFINITION_INVALID/);
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => ['name'],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      },
    );
    expect(thrown(() => road().catalog.registerTool(trap as never))).toBe('DEFINITION_INVALID: A tool cannot be read.');
  });

  test('names that objects inherit are names like others', async () => {
    const { data, failure } = road([
      { ...TOOL, name: 'constructor', handler: () => 'c' },
      { ...TOOL, name: '__proto__', handler: () => 'p' },
    ]);
    expect([await data('constructor'), await data('__proto__')]).toEqual(['c', 'p']);
    expect(await failure('tool', 'toString')).toMatch(/^UNKNOWN_TARGET/);
  });

  test('an instance of a class is a definition too', async () => {
    class Counter {
      readonly name = 'count';
      readonly description = 'Counts its calls.';
      calls = 0;
      handler(): number {
        this.calls += 1;
        return this.calls;
      }
    }
    expect(thrown(() => road([new Counter()]))).toMatch(/calls is unknown/);
    const tool = new (class {
      readonly name = 'greet';
      readonly description = 'Greets somebody.';
      handler(): string {
        return `hello from ${this.name}`;
      }
    })();
    expect(await road([tool]).data('greet')).toBe('hello from greet');
  });

  test('a large input schema is copied and served', () => {
    const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, { type: 'integer' }]));
    expect(registerTool({ input: { type: 'object', properties } })).toBe('nothing');
  });
});

describe('resources and prompts that are refused', () => {
  test.each<[object, RegExp]>([
    [{ uri: undefined }, /needs either uri or uriTemplate/],
    [{ uriTemplate: 'x://{a}' }, /needs either uri or uriTemplate/],
    [{ uri: 'not a uri' }, /uri must be an absolute URI/],
    [{ name: '' }, /name must be a string of 1 to 200/],
    [{ read: 1 }, /read must be a function/],
    [{ colour: 1 }, /colour is unknown/],
    [{ uri: undefined, uriTemplate: 'x://{+a}' }, /uses more than level 1/],
    [{ uri: undefined, uriTemplate: 'x://a' }, /has no variable/],
  ])('the resource %j', (more, expected) => {
    expect(registerResource(more)).toMatch(expected);
  });

  test.each<[object, RegExp]>([
    [{ name: 'a b' }, /name must be/],
    [{ get: undefined }, /get is required/],
    [{ arguments: [{}] }, /arguments\[0\]\.name is required/],
    [{ arguments: [{ name: 'a', type: 'x' }] }, /arguments\[0\]\.type is unknown/],
    [{ arguments: [{ name: 'a' }, { name: 'a' }] }, /two arguments of one name/],
  ])('the prompt %j', (more, expected) => {
    expect(registerPrompt(more)).toMatch(expected);
  });
});

describe('metadata', () => {
  test('is complete in _meta, and decides about the run', () => {
    const { catalog } = road([
      {
        ...TOOL,
        annotations: { readOnlyHint: true },
        metadata: { runtime: 'fastapi', priority: 0, timeoutSeconds: 0.5, cacheTtl: 60, deprecated: 'use other' },
      },
    ]);
    const [listed] = catalog.list('tools');
    expect(listed?.definition['_meta']).toEqual({
      'switchyard/metadata': {
        runtime: 'main',
        runtimeWrittenAs: 'fastapi',
        requiresP2p: false,
        category: 'general',
        priority: 0,
        timeoutSeconds: 0.5,
        retryPolicy: 'none',
        memoryIntensive: false,
        cpuIntensive: false,
        ioIntensive: false,
        cacheTtl: 60,
        schemaVersion: '1.0',
        deprecated: 'use other',
      },
    });
    expect(listed?.target.traits).toEqual({ isReadOnly: true, timeoutMs: 500, takesSlot: true, priority: 0 });
  });

  test('the old name trio means peer; without metadata a tool runs as ever', () => {
    const meta = (more: object): unknown => road([{ ...TOOL, ...more }]).catalog.registry.list()[0]?.metadata;
    expect(meta({ metadata: { runtime: 'trio' } })).toMatchObject({ runtime: 'peer', runtimeWrittenAs: 'trio' });
    expect(meta({})).toMatchObject({ runtime: 'auto', priority: 5, timeoutSeconds: 30 });
    expect(road([TOOL]).catalog.list('tools')[0]?.target.access.scopes).toEqual(['tools:execute']);
  });
});

describe('the registry', () => {
  const { catalog } = road([
    {
      ...TOOL,
      name: 'good',
      description: 'Does something useful for a test.',
      annotations: { readOnlyHint: true },
      metadata: { category: 'tests', runtime: 'cpu', timeoutSeconds: 60 },
      inProcess: 'Counts words.',
    },
    {
      ...TOOL,
      name: 'bad.tool',
      description: '',
      input: { type: 'object', properties: { a: { type: 'string' }, b: { description: 'B' } } },
      annotations: { destructiveHint: true },
      metadata: { cpuIntensive: true, retryPolicy: 'linear', cacheTtl: 5, deprecated: true },
    },
    { ...TOOL, name: 'long', description: 'x'.repeat(2000) },
  ]);
  catalog.registerResource({ uri: 'x://a', name: 'a', scopes: ['admin:logs'], read: () => [] });
  catalog.registerPrompt({ name: 'p', get: () => ({ messages: [] }) });

  test('lists and counts', () => {
    expect(catalog.registry.list().map(({ name, scopes }) => [name, scopes])).toEqual([
      ['bad.tool', ['tools:execute']],
      ['good', ['tools:execute']],
      ['long', ['tools:execute']],
    ]);
    expect(catalog.registry.stats()).toEqual({
      tools: 3,
      resources: 1,
      resourceTemplates: 0,
      prompts: 1,
      readOnlyTools: 1,
      deprecatedTools: 1,
      byRuntime: { auto: 2, cpu: 1 },
      byCategory: { general: 2, tests: 1 },
      definitionBytes: expect.any(Number) as number,
    });
  });

  test('exports everything as JSON', () => {
    const exported = JSON.parse(JSON.stringify(catalog.registry.export())) as { tools: JsonObject[]; resources: JsonObject[] };
    expect(exported.tools.map((tool) => tool['name'])).toEqual(['bad.tool', 'good', 'long']);
    expect(exported.tools[1]).toMatchObject({ scopes: ['tools:execute'], _meta: { 'switchyard/metadata': { category: 'tests' } } });
    expect(exported.resources).toEqual([{ uri: 'x://a', name: 'a', scopes: ['admin:logs'] }]);
  });

  test('finds what will not serve', () => {
    const rules = (tool: string, server?: string): string[] =>
      catalog.registry
        .lint(server)
        .filter((finding) => finding.tool === tool)
        .map(({ rule }) => rule);
    expect(rules('good')).toEqual([]);
    expect(rules('bad.tool')).toEqual([
      'description-missing',
      'name-dots',
      'effects-undeclared',
      'in-process-unexplained',
      'timeout-missing',
      'retry-unsafe',
      'cache-unsafe',
      'successor-unnamed',
      'arguments-undescribed',
    ]);
    expect(rules('long')).toEqual(['description-long', 'hints-missing', 'in-process-unexplained']);
    expect(rules('good', 's'.repeat(120))).toEqual(['name-long']);
    expect(catalog.registry.lint().find(({ rule }) => rule === 'arguments-undescribed')?.message).toBe('Describe the arguments a in the schema.');
  });
});

test('authors get the types of their schemas', () => {
  defineTool({
    name: 'typed',
    description: 'For the compiler.',
    input: v.object({ n: v.pipe(v.string(), v.transform(Number)), unit: v.optional(v.string()) }),
    permissions: (input) => {
      expectTypeOf(input).toEqualTypeOf<{ n: number; unit?: string | undefined }>();
      return [];
    },
    handler: (input) => {
      expectTypeOf(input.n).toEqualTypeOf<number>();
      return { sum: input.n };
    },
    text: (data) => {
      expectTypeOf(data).toEqualTypeOf<{ sum: number }>();
      return '';
    },
  });
  defineTool({
    name: 'json',
    description: 'For the compiler.',
    input: { type: 'object' },
    handler: (input) => {
      expectTypeOf(input).toEqualTypeOf<JsonObject>();
    },
  });
  defineTool<{ a: string }>({
    name: 'given',
    description: 'For the compiler.',
    input: { type: 'object' },
    handler: ({ a }) => {
      expectTypeOf(a).toEqualTypeOf<string>();
    },
  });
  expect(
    thrown(() => {
      const { catalog } = road();
      catalog.registerResource(defineResource({ uri: 'x://a', name: 'a', read: () => [] }));
      catalog.registerPrompt(definePrompt({ name: 'p', get: () => ({ messages: [] }) }));
    }),
  ).toBe('nothing');
});
