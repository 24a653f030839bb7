import { describe, expect, test, vi } from 'vitest';
import type { CatalogEvent } from '../../../src/contracts/catalog.ts';
import type { Policy } from '../../../src/contracts/policy.ts';
import type { ResourceDefinition, ToolDefinition } from '../../../src/contracts/tool.ts';
import { as, principal, road, SCOPE_POLICY, thrown } from './road.ts';

const tool = (name: string, scopes: readonly string[] = ['tools:read']): ToolDefinition => ({
  name,
  description: `The tool ${name}.`,
  scopes,
  handler: () => name,
});
const resource = (uri: string, scopes: readonly string[] = ['tools:read']): ResourceDefinition => ({ uri, name: uri, scopes, read: () => [{ text: uri }] });

describe('lists', () => {
  test('are sorted by name, frozen, and the same object until something changes', () => {
    const { catalog } = road([tool('b'), tool('a'), tool('B')]);
    const before = catalog.list('tools');
    expect(before.map(({ definition }) => definition['name'])).toEqual(['B', 'a', 'b']);
    expect(catalog.list('tools')).toBe(before);
    expect(Object.isFrozen(before) && Object.isFrozen(before[0]?.definition) && Object.isFrozen(before[0]?.definition['inputSchema'])).toBe(true);
    catalog.registerTool(tool('c'));
    expect(catalog.list('tools')).not.toBe(before);
    expect(catalog.list('tools')[0]).toBe(before[0]);
    catalog.unregisterTool('c');
    expect(catalog.list('tools')).toEqual(before);
  });

  test('definitions are copies: a later change of the author’s object changes nothing', () => {
    const input = { type: 'object', properties: { a: { type: 'string' } } };
    const { catalog } = road([{ ...tool('a'), input }]);
    (input.properties.a as { type: string }).type = 'integer';
    expect(catalog.list('tools')[0]?.definition['inputSchema']).toEqual({ type: 'object', properties: { a: { type: 'string' } } });
    expect(Object.isFrozen(input)).toBe(false);
  });

  test('everybody sees what they may reach', async () => {
    const { call } = road([tool('read'), tool('write', ['tools:write']), tool('open', [])], { policy: () => SCOPE_POLICY });
    const seen = async (scopes: readonly string[]): Promise<unknown> => {
      const { terminal } = await call('catalog', 'tools', {}, as(principal('p', scopes)));
      return terminal.type === 'result' ? (terminal.value as readonly { name: string }[]).map(({ name }) => name) : terminal;
    };
    expect(await seen(['tools:read'])).toEqual(['open', 'read']);
    expect(await seen(['tools:read', 'tools:write'])).toEqual(['open', 'read', 'write']);
    expect(await seen([])).toEqual(['open']);
  });

  test('the same selection is the same array, for every principal and until list or policy change', async () => {
    let policy: Policy = { ...SCOPE_POLICY };
    const isVisible = vi.spyOn(policy, 'isVisible');
    const { call, catalog } = road([tool('a'), tool('b', ['tools:write'])], { policy: () => policy });
    const list = async (id: string, scopes: readonly string[]): Promise<unknown> => {
      const { terminal } = await call('catalog', 'tools', {}, as(principal(id, scopes)));
      return terminal.type === 'result' ? terminal.value : terminal;
    };
    const first = await list('one', ['tools:read']);
    expect(await list('two', ['tools:read', 'x'])).toBe(first);
    expect(await list('three', ['tools:read', 'tools:write'])).not.toBe(first);
    const caller = principal('same', ['tools:read']);
    for (const _round of [1, 2, 3]) await call('catalog', 'tools', {}, as(caller));
    expect(isVisible.mock.calls.filter(([who]) => who === caller)).toHaveLength(2);
    policy = { ...SCOPE_POLICY };
    expect(await list('one', ['tools:read'])).not.toBe(first);
    const second = await list('one', ['tools:read']);
    catalog.registerTool(tool('c'));
    expect(await list('one', ['tools:read'])).not.toBe(second);
  });

  test('templates and prompts have lists of their own', async () => {
    const { call, catalog } = road();
    catalog.registerResource(resource('x://a'));
    catalog.registerResource({
      uriTemplate: 'x://t/{id}',
      name: 't',
      title: 'T',
      description: 'd',
      mimeType: 'text/plain',
      annotations: { audience: ['user'] },
      read: () => [],
    });
    catalog.registerPrompt({
      name: 'p',
      title: 'P',
      description: 'd',
      arguments: [{ name: 'a', required: true }],
      icons: [{ src: 'https://x/i.png' }],
      get: () => ({ messages: [] }),
    });
    const list = async (name: string): Promise<unknown> => (await call('catalog', name)).terminal;
    expect(await list('resources')).toEqual({ type: 'result', value: [{ uri: 'x://a', name: 'x://a' }] });
    expect(await list('resourceTemplates')).toEqual({
      type: 'result',
      value: [{ uriTemplate: 'x://t/{id}', name: 't', title: 'T', description: 'd', mimeType: 'text/plain', annotations: { audience: ['user'] } }],
    });
    expect(await list('prompts')).toEqual({
      type: 'result',
      value: [{ name: 'p', title: 'P', description: 'd', icons: [{ src: 'https://x/i.png' }], arguments: [{ name: 'a', required: true }] }],
    });
    expect(await list('nothing')).toMatchObject({ type: 'error', error: { code: 'UNKNOWN_TARGET' } });
  });
});

describe('changes while it runs', () => {
  test('are told, and only if something changed', () => {
    const { catalog } = road();
    const events: CatalogEvent[] = [];
    const stop = catalog.subscribe((event) => events.push(event));
    catalog.registerTool(tool('a'));
    catalog.registerResource(resource('x://a'));
    catalog.registerPrompt({ name: 'p', get: () => ({ messages: [] }) });
    catalog.resourceUpdated('x://a');
    expect([
      catalog.unregisterTool('a'),
      catalog.unregisterTool('a'),
      catalog.unregisterResource('x://a'),
      catalog.unregisterResource('x://b'),
      catalog.unregisterPrompt('p'),
      catalog.unregisterPrompt('q'),
    ]).toEqual([true, false, true, false, true, false]);
    stop();
    catalog.registerTool(tool('b'));
    expect(events.map(({ type }) => type)).toEqual([
      'tools_changed',
      'resources_changed',
      'prompts_changed',
      'resource_updated',
      'tools_changed',
      'resources_changed',
      'prompts_changed',
    ]);
  });

  test('a name is taken once', () => {
    const { catalog } = road([tool('a')]);
    catalog.registerResource(resource('x://a'));
    expect(thrown(() => catalog.registerTool(tool('a')))).toBe('DUPLICATE_NAME: There is already a tool "a".');
    expect(thrown(() => catalog.registerResource(resource('x://a')))).toBe('DUPLICATE_NAME: There is already a resource "x://a".');
    catalog.unregisterTool('a');
    catalog.registerTool(tool('a'));
  });

  test('a removed tool is unknown, a running call of it ends as it would have', async () => {
    let finish: (value: string) => void = () => undefined;
    const { call, failure, catalog } = road([
      {
        ...tool('slow'),
        handler: () =>
          new Promise((done) => {
            finish = done;
          }),
      },
    ]);
    const running = call('tool', 'slow');
    await new Promise(setImmediate);
    catalog.unregisterTool('slow');
    expect(await failure('tool', 'slow')).toBe('UNKNOWN_TARGET: Unknown tool: slow');
    finish('done');
    expect((await running).terminal.type).toBe('result');
  });
});

describe('resources', () => {
  const { catalog, call, failure } = road();
  catalog.registerResource(resource('x://static'));
  catalog.registerResource({
    uriTemplate: 'x://{kind}/{id}',
    name: 'template',
    mimeType: 'text/plain',
    read: (uri, { principal: who }, variables) => [{ text: JSON.stringify({ uri, who: who.id, ...variables }) }],
  });
  const read = async (uri: string): Promise<unknown> => {
    const { terminal } = await call('resource', uri);
    return terminal.type === 'result' ? terminal.value : terminal;
  };

  test('are read at their URI, and at the URIs of templates', async () => {
    expect(await read('x://static')).toEqual({ contents: [{ uri: 'x://static', text: 'x://static' }] });
    expect(await read('x://notes/a%20b')).toEqual({
      contents: [{ uri: 'x://notes/a%20b', mimeType: 'text/plain', text: '{"uri":"x://notes/a%20b","who":"key:alice","kind":"notes","id":"a b"}' }],
    });
    expect(await failure('resource', 'x://notes/a/b')).toMatch(/^UNKNOWN_TARGET/);
    expect(await failure('resource', 'y://static')).toMatch(/^UNKNOWN_TARGET/);
  });

  test('a URI of a template keeps its target, so that policy keeps its verdict', () => {
    expect(catalog.resolve('resource', 'x://notes/1')).toBe(catalog.resolve('resource', 'x://notes/1'));
    expect(catalog.resolve('resource', 'x://notes/1')?.name).toBe('x://notes/1');
  });

  test.each([
    ['no list', 'text', /must be a list/],
    ['no objects', ['x'], /must be an object/],
    ['neither text nor blob', [{ uri: 'x' }], /either text or blob/],
    ['both', [{ text: 'a', blob: 'b' }], /either/],
    ['a bigint', [{ text: 'a', n: 1n }], /not JSON/],
  ])('one that answers %s', async (_name, contents, expected) => {
    const made = road();
    made.catalog.registerResource({ ...resource('x://a'), read: () => contents as never });
    expect(await made.failure('resource', 'x://a')).toMatch(expected);
  });

  test('a failing read is no fault of the tool kind', async () => {
    const made = road();
    made.catalog.registerResource({
      ...resource('x://a'),
      read: () => {
        throw new Error('secret');
      },
    });
    expect(await made.failure('resource', 'x://a')).toBe('INTERNAL: An error of the gateway itself.');
  });
});

describe('prompts', () => {
  const { catalog, call, failure } = road();
  catalog.registerPrompt({
    name: 'greet',
    arguments: [{ name: 'who', required: true }, { name: 'how' }],
    get: ({ who, how = 'kindly' }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who} ${how}.` } }] }),
  });
  catalog.registerPrompt({ name: 'broken', get: () => ({ messages: [{ role: 'system', content: 'x' }] }) });

  test('are filled in', async () => {
    expect((await call('prompt', 'greet', { who: 'Ann' })).terminal).toMatchObject({
      type: 'result',
      value: { messages: [{ content: { text: 'Greet Ann kindly.' } }] },
    });
  });

  test.each([
    [{}, 'INVALID_PARAMS: The argument "who" is required.'],
    [{ who: 1 }, 'INVALID_PARAMS: The argument "who" must be a string.'],
    [{ who: 'a', __proto__x: 'b' }, 'INVALID_PARAMS: The prompt has no argument "__proto__x".'],
    [[], 'INVALID_PARAMS: The arguments of a prompt must be an object.'],
  ])('with %j: %s', async (input, expected) => {
    expect(await failure('prompt', 'greet', input)).toBe(expected);
  });

  test('what is no list of messages is not passed on', async () => {
    expect(await failure('prompt', 'broken')).toMatch(/^OUTPUT_INVALID/);
  });
});

describe('K2.f completion', () => {
  const { catalog, call, failure } = road([], { policy: () => SCOPE_POLICY });
  const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `w${index}`);
  catalog.registerPrompt({
    name: 'p',
    scopes: ['tools:read'],
    arguments: [{ name: 'a' }, { name: 'b' }],
    get: () => ({ messages: [] }),
    complete: (argument, value, known) => [`${argument} ${value} ${JSON.stringify(known)}`],
  });
  catalog.registerPrompt({ name: 'many', scopes: [], arguments: [{ name: 'a' }], get: () => ({ messages: [] }), complete: () => words(250) });
  catalog.registerPrompt({ name: 'none', scopes: [], arguments: [{ name: 'a' }], get: () => ({ messages: [] }) });
  catalog.registerPrompt({ name: 'bad', scopes: [], arguments: [{ name: 'a' }], get: () => ({ messages: [] }), complete: () => [1] as never });
  catalog.registerResource({ uriTemplate: 'x://{id}', name: 't', scopes: [], read: () => [], complete: async (_argument, value) => [`${value}1`] });
  const reader = as(principal('r', ['tools:read']));
  const ask = async (name: string, input: unknown, caller = reader): Promise<unknown> => {
    const { terminal } = await call('completion', name, input, caller);
    return terminal.type === 'result' ? (terminal.value as { completion: unknown }).completion : terminal;
  };

  test('of prompts and templates', async () => {
    expect(await ask('prompt:p', { argument: { name: 'b', value: 'x' }, context: { arguments: { a: '1' } } })).toEqual({
      values: ['b x {"a":"1"}'],
      total: 1,
      hasMore: false,
    });
    expect(await ask('resource:x://{id}', { argument: { name: 'id', value: 'n' } })).toEqual({ values: ['n1'], total: 1, hasMore: false });
    expect(await ask('prompt:none', { argument: { name: 'a', value: '' } })).toEqual({ values: [], total: 0, hasMore: false });
  });

  test('at most a hundred values', async () => {
    expect(await ask('prompt:many', { argument: { name: 'a', value: '' } })).toEqual({ values: words(100), total: 250, hasMore: true });
  });

  test.each<[string, unknown, RegExp]>([
    ['prompt:p', {}, /^INVALID_PARAMS: argument needs name and value/],
    ['prompt:p', { argument: { name: 'c', value: '' } }, /^INVALID_PARAMS: There is no argument "c"/],
    ['prompt:p', { argument: { name: 'a', value: 1 } }, /^INVALID_PARAMS/],
    ['prompt:p', { argument: { name: 'a', value: '' }, context: { arguments: { b: 1 } } }, /^INVALID_PARAMS/],
    ['prompt:bad', { argument: { name: 'a', value: '' } }, /^OUTPUT_INVALID/],
    ['prompt:nothing', {}, /^UNKNOWN_TARGET/],
    ['other:p', {}, /^UNKNOWN_TARGET/],
  ])('%s with %j', async (name, input, expected) => {
    expect(await failure('completion', name, input, reader)).toMatch(expected);
  });

  test('only for those who may see what is completed', async () => {
    expect(await failure('completion', 'prompt:p', { argument: { name: 'a', value: '' } }, as(principal('g', [])))).toMatch(/^SCOPE_MISSING/);
    const hiding: Policy = { ...SCOPE_POLICY, isVisible: (_who, { kind }) => kind !== 'prompt' && kind !== 'resource' };
    const made = road([], { policy: () => hiding });
    made.catalog.registerPrompt({ name: 'p', scopes: [], arguments: [{ name: 'a' }], get: () => ({ messages: [] }) });
    made.catalog.registerResource({ ...resource('x://a'), scopes: [] });
    expect(await made.failure('completion', 'prompt:p', { argument: { name: 'a', value: '' } })).toMatch(/^PERMISSION_DENIED: No rule permits prompt p/);
    expect(await made.failure('subscription', 'x://a')).toMatch(/^PERMISSION_DENIED/);
  });
});

test('subscriptions open for those who may read the resource, and for the lists', async () => {
  const { catalog, call, failure } = road([], { policy: () => SCOPE_POLICY });
  catalog.registerResource(resource('audit://recent', ['admin:logs']));
  const admin = as(principal('a', ['admin:logs']));
  expect((await call('subscription', 'audit://recent', {}, admin)).terminal).toEqual({ type: 'result', value: {} });
  expect((await call('subscription', '*', {}, as(principal('g', [])))).terminal).toEqual({ type: 'result', value: {} });
  expect(await failure('subscription', 'audit://recent', {}, as(principal('g', [])))).toMatch(/^SCOPE_MISSING/);
  expect(await failure('subscription', 'audit://other', {}, admin)).toMatch(/^UNKNOWN_TARGET/);
  expect(catalog.resolve('subscription', '*')?.traits.takesSlot).toBe(false);
});
