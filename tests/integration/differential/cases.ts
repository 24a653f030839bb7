/** Generated requests: valid ones, and valid ones with something wrong. */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';
import { NAMES } from './fixture.ts';

export const REVISIONS = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'] as const;
export type Revision = (typeof REVISIONS)[number];

/** One request and where it came from. */
export interface Case {
  readonly revision: Revision;
  readonly method: string;
  /** What was done to it: `none`, or the kind of the mutation and its place. */
  readonly mutation: string;
  readonly httpMethod: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** The message before it was written; undefined when the text itself was broken. */
  readonly message: unknown;
}

type Entry = readonly [string, string];
interface Draft {
  readonly message: Record<string, unknown>;
  readonly headers: readonly Entry[];
}

const PREFIX = 'io.modelcontextprotocol/';
const words = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.toWellFormed());
const name = (known: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.constantFrom('nowhere', '', '__proto__', 'constructor', 'SAY_BACK', 'a'.repeat(300)) },
  );
const uri = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES.resources) },
  { weight: 1, arbitrary: fc.constantFrom('test://nowhere', 'test://item/', 'test://item/a/b', 'file:///etc/passwd', 'x:y', 'test://item/%41') },
);
const cursor = fc.record({}, { requiredKeys: [] });

const ARGUMENTS: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  say_back: fc.record({ words, times: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: ['words'] }),
  add: fc.record({ a: fc.integer(), b: fc.integer() }),
  mirrored: fc.record(
    { region: fc.constantFrom<string | number>('eu', 'us-west 1', 'ü', ' padded ', '=?base64?eA==?=', 2 ** 60), query: words },
    { requiredKeys: ['region'] },
  ),
};
const noArguments: fc.Arbitrary<JsonObject> = fc.constantFrom({}, { extra: 1 });

/** Valid params, and nearly valid ones, of every method. */
const PARAMS: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  'tools/list': cursor,
  'resources/list': cursor,
  'resources/templates/list': cursor,
  'prompts/list': cursor,
  'tools/call': name(NAMES.tools).chain((tool) =>
    (Object.hasOwn(ARGUMENTS, tool) ? (ARGUMENTS[tool] ?? noArguments) : noArguments).map((input): JsonObject => ({ name: tool, arguments: input })),
  ),
  'resources/read': uri.map((text) => ({ uri: text })),
  'prompts/get': fc
    .tuple(name(NAMES.prompts), fc.record({ city: words, day: words }, { requiredKeys: ['city'] }))
    .map(([prompt, input]) => ({ name: prompt, arguments: prompt === 'plain' ? {} : input })),
  'completion/complete': fc
    .tuple(
      fc.oneof(
        name(NAMES.prompts).map((prompt) => ({ type: 'ref/prompt', name: prompt })),
        fc.constantFrom(NAMES.template, 'test://text', 'test://nowhere').map((text) => ({ type: 'ref/resource', uri: text })),
      ),
      fc.constantFrom('city', 'id', 'day', 'nothing'),
      fc.constantFrom('', 'p', 'par', '12', 'zzz'),
    )
    .map(([ref, argument, value]) => ({ ref, argument: { name: argument, value } })),
  ping: fc.constant({}),
  'logging/setLevel': fc.constantFrom('debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency').map((level) => ({ level })),
  initialize: fc.record({
    protocolVersion: fc.constantFrom<string>(...REVISIONS, '2024-11-05', '1999-01-01', 'tomorrow'),
    capabilities: fc.constantFrom({}, { roots: {} }, { sampling: {}, elicitation: {} }),
    clientInfo: fc.constantFrom({ name: 'client', version: '1' }, { name: 'client', version: '1', title: 'Client' }),
  }),
  'server/discover': fc.constant({}),
  'no/such/method': fc.constantFrom({}, { any: 'thing' }),
};
export const METHODS: readonly string[] = Object.keys(PARAMS);

const UNKNOWN = fc.constantFrom(
  'no/such/method',
  'tools/List',
  'tools',
  '',
  'rpc.discover',
  '__proto__',
  'constructor',
  'tools/call ',
  'roots/list',
  'sampling/createMessage',
  'tasks/get',
);
const odd: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  0,
  -1,
  1.5,
  true,
  '',
  'text',
  [],
  [1],
  {},
  { nested: { deep: [] } },
  'x'.repeat(20_000),
  2 ** 60,
);
const goodId = fc.oneof(
  fc.integer({ min: -1000, max: 100_000 }),
  fc.constantFrom<string | number>(0, '', 'a', 'ü', '1', Number.MAX_SAFE_INTEGER, 'x'.repeat(500)),
);
const MISSING = Symbol('missing');

/** The message with the member at the path replaced or taken away. */
function replaceAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const { [key]: old, ...others } = value as Record<string, unknown>;
  const next = replaceAt(old, rest, by);
  return next === MISSING ? others : { ...others, [key]: next };
}

/** Every path of members below params, params itself included. */
function pathsOf(value: unknown, path: readonly string[]): string[][] {
  const own = [[...path]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return own;
  return own.concat(Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key])));
}

type Mutate = (draft: Draft) => fc.Arbitrary<Partial<Case> & { readonly mutation: string }>;
const rewrite = (mutation: string, message: unknown): Partial<Case> & { readonly mutation: string } => ({ mutation, message, body: JSON.stringify(message) });

const MUTATIONS: readonly (readonly [weight: number, mutate: Mutate])[] = [
  [5, () => fc.constant({ mutation: 'none' })],
  [2, ({ message }) => goodId.map((id) => rewrite('id good', { ...message, id }))],
  [1, ({ message }) => fc.constantFrom<unknown>(null, 1.5, true, {}, [], 2 ** 60).map((id) => rewrite(`id ${JSON.stringify(id)}`, { ...message, id }))],
  [1, ({ message }) => fc.constant(rewrite('id missing', replaceAt(message, ['id'], MISSING)))],
  [1, ({ message }) => fc.constantFrom<unknown>(MISSING, '1.0', 2, null).map((version) => rewrite('jsonrpc', replaceAt(message, ['jsonrpc'], version)))],
  [1, ({ message }) => fc.constantFrom<unknown>(MISSING, null, 7, {}, []).map((method) => rewrite('method', replaceAt(message, ['method'], method)))],
  [
    8,
    ({ message }) =>
      fc
        .tuple(fc.constantFrom(...pathsOf(message['params'], ['params'])), fc.oneof(odd, fc.constant(MISSING)))
        .map(([path, value]) =>
          rewrite(
            `${path.join('.').replaceAll(PREFIX, '')} ${value === MISSING ? 'missing' : JSON.stringify(value).slice(0, 20)}`,
            replaceAt(message, path, value),
          ),
        ),
  ],
  [1, ({ message }) => odd.map((value) => rewrite('extra param', replaceAt(message, ['params', 'extra'], value)))],
  [1, ({ message }) => odd.map((value) => rewrite(`params._meta = ${JSON.stringify(value).slice(0, 20)}`, replaceAt(message, ['params', '_meta'], value)))],
  [1, ({ message }) => odd.map((value) => rewrite(`params.cursor ${JSON.stringify(value).slice(0, 20)}`, replaceAt(message, ['params', 'cursor'], value)))],
  [
    2,
    ({ message }) =>
      fc
        .constantFrom<unknown>('token', 7, 'token', 1.5, null, {})
        .map((token) =>
          rewrite(
            `progressToken ${JSON.stringify(token)}`,
            replaceAt(message, ['params', '_meta'], { ...((message['params'] as JsonObject)['_meta'] as JsonObject), progressToken: token }),
          ),
        ),
  ],
  [
    1,
    ({ message }) =>
      fc
        .constantFrom<unknown>('debug', 'error', 'loud', 7, null)
        .map((level) =>
          rewrite(
            `logLevel ${JSON.stringify(level)}`,
            replaceAt(message, ['params', '_meta'], { ...((message['params'] as JsonObject)['_meta'] as JsonObject), [`${PREFIX}logLevel`]: level }),
          ),
        ),
  ],
  [
    4,
    ({ headers }) =>
      fc
        .constantFrom(...headers)
        .chain(([header]) =>
          fc
            .constantFrom<string>('missing', 'other', 'twice', 'padded', 'case', 'empty')
            .map((how) => ({ mutation: `header ${header} ${how}`, headers: breakHeader(headers, header, how) })),
        ),
  ],
  [
    1,
    ({ headers }) =>
      fc
        .constantFrom<Entry>(
          ['Mcp-Session-Id', 'made-up'],
          ['Last-Event-ID', '1-1'],
          ['MCP-Protocol-Version', '1999-01-01'],
          ['MCP-Protocol-Version', '2024-11-05'],
          ['Mcp-Method', 'tools/list'],
          ['Mcp-Name', 'x'],
          ['Mcp-Param-Region', 'moon'],
        )
        .map(([header, value]) => ({
          mutation: `header ${header} = ${value}`,
          headers: [...headers.filter(([other]) => other !== header), [header, value] as const],
        })),
  ],
  [
    1,
    ({ headers }) =>
      fc
        .constantFrom('application/json', 'text/event-stream', '*/*', 'text/html', 'application/json;q=0.5, text/event-stream', 'application/*, text/*', '')
        .map((accept) => ({
          mutation: `header Accept = ${accept}`,
          headers: [...headers.filter(([header]) => header !== 'Accept'), ['Accept', accept] as const],
        })),
  ],
  [
    1,
    ({ headers }) =>
      fc
        .constantFrom('text/plain', 'application/json; charset=utf-8', 'application/jsonp', 'APPLICATION/JSON', 'application/x-www-form-urlencoded')
        .map((type) => ({
          mutation: `header Content-Type = ${type}`,
          headers: [...headers.filter(([header]) => header !== 'Content-Type'), ['Content-Type', type] as const],
        })),
  ],
  [
    4,
    ({ message }) =>
      fc
        .constantFrom<(text: string) => string>(
          (text) => text.slice(0, -1),
          () => '',
          (text) => `${text}x`,
          () => 'null',
          () => '7',
          () => '"text"',
          () => '{}',
          () => '[]',
          (text) => `[${text}]`,
          (text) => `[${text},${text.replace('"id":1', '"id":2')}]`,
          (text) => `\ufeff${text}`,
          (text) => ` ${text}\n`,
        )
        .map((change) => ({
          mutation: `text ${change(JSON.stringify({})).slice(0, 8)}`,
          body: change(JSON.stringify(message)),
          message: parsed(change(JSON.stringify(message))),
        })),
  ],
  [1, () => fc.constantFrom('GET', 'DELETE', 'PUT', 'PATCH').map((httpMethod) => ({ mutation: `http ${httpMethod}`, httpMethod, body: '' }))],
];

/** What a tolerant reader makes of a text; undefined = nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.trim()) as unknown;
  } catch {
    return undefined;
  }
}

function breakHeader(headers: readonly Entry[], name: string, how: string): readonly Entry[] {
  return headers.flatMap(([header, value]): readonly Entry[] => {
    if (header !== name) return [[header, value]];
    switch (how) {
      case 'missing':
        return [];
      case 'other':
        return [[header, `${value}x`]];
      case 'twice':
        return [
          [header, value],
          [header, value],
        ];
      case 'padded':
        return [[header, `  ${value}\t`]];
      case 'case':
        return [[header, value.toUpperCase()]];
      default:
        return [[header, '']];
    }
  });
}

function draftOf(method: string, params: JsonObject, revision: Revision): Draft {
  const isModern = revision === '2026-07-28';
  const envelope = { [`${PREFIX}protocolVersion`]: revision, [`${PREFIX}clientCapabilities`]: {}, [`${PREFIX}clientInfo`]: { name: 'client', version: '1' } };
  const message = { jsonrpc: '2.0', id: 1, method, params: isModern ? { ...params, _meta: envelope } : params };
  const common: Entry[] = [
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
  ];
  const mcp: Entry[] = method === 'initialize' && !isModern ? [] : [['MCP-Protocol-Version', revision]];
  return { message, headers: [...common, ...mcp, ...(isModern ? mirrors(method, params) : [])] };
}

/** The headers that a modern client repeats from its body. */
function mirrors(method: string, params: JsonObject): Entry[] {
  const named = ['tools/call', 'prompts/get'].includes(method) ? params['name'] : method === 'resources/read' ? params['uri'] : undefined;
  const input = params['arguments'] as JsonObject | undefined;
  const region = params['name'] === 'mirrored' ? input?.['region'] : undefined;
  const entry = (header: string, value: unknown): Entry[] => (typeof value === 'string' ? [[header, encode(value)]] : []);
  return [['Mcp-Method', method.trim()], ...entry('Mcp-Name', named), ...entry('Mcp-Param-Region', region)];
}

const encode = (value: string): string =>
  /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?base64?') ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;

/** Generated requests of one method in one revision. */
export function cases(method: string, revision: Revision): fc.Arbitrary<Case> {
  const called = method === 'no/such/method' ? fc.oneof(fc.constant(method), UNKNOWN) : fc.constant(method);
  return fc.tuple(called, PARAMS[method] ?? fc.constant({})).chain(([actual, params]) => {
    const draft = draftOf(actual, params, revision);
    const whole = { revision, method, httpMethod: 'POST', headers: draft.headers, body: JSON.stringify(draft.message), message: draft.message };
    return fc.oneof(...MUTATIONS.map(([weight, mutate]) => ({ weight, arbitrary: mutate(draft) }))).map((changed): Case => ({ ...whole, ...changed }));
  });
}
