/**
 * Requests with exactly one thing wrong, each with what the protocol says must come back. Written from
 * JSON-RPC 2.0 and the text of the revisions, not from the code that answers.
 */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  type Bad,
  PREFIX,
  META,
  PARSE,
  INVALID,
  INVALID_WITH_ID,
  METHOD,
  PARAMS,
  ENVELOPE,
  HEADER,
  CAPABILITY,
  VERSION,
  INPUT,
  METHODS,
  valid,
  odd,
  notObject,
  notText,
  headersFor,
  write,
  modern,
  text,
  isJson,
} from './request-parts.ts';

export type { Bad, Expected } from './request-parts.ts';

const whole = valid.map(([method, params]) => JSON.stringify({ jsonrpc: '2.0', id: 'x', method, params: { ...params, _meta: META } }));
const edit = fc.tuple(
  fc.nat(),
  fc.constantFrom('cut', 'drop', 'double', 'insert'),
  fc.constantFrom('"', '{', '}', '[', ',', ':', '\\', '\u0000', '\u0001', "'", 'é', '\t', '/'),
);
const edited = fc.tuple(whole, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([start, edits]) =>
  edits.reduce((current, [at, how, character]) => {
    const place = current.length === 0 ? 0 : at % current.length;
    if (how === 'cut') return current.slice(0, place);
    const middle = how === 'drop' ? '' : how === 'double' ? (current[place] ?? '').repeat(2) : character + (current[place] ?? '');
    return current.slice(0, place) + middle + current.slice(place + 1);
  }, start),
);

/** One line each, so that they can also go over stdio; empty lines mean nothing there. */
const notJson: fc.Arbitrary<Bad> = fc
  .oneof(
    { weight: 6, arbitrary: edited },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((words) => words.toWellFormed()) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '{',
        '}',
        'nul',
        'NaN',
        'undefined',
        "{'a':1}",
        '{"a":1,}',
        '[1,]',
        '{"a" 1}',
        '// comment',
        '{"a":01}',
        '"\\x"',
        '{"a":1}{"b":2}',
        '<xml/>',
        '0x10',
        '+1',
        '.5',
        '"unfinished',
      ),
    },
  )
  .map((words) => words.replace(/[\r\n]/g, ' '))
  .filter((words) => words.trim() !== '' && !isJson(words))
  .map((words) => text('not JSON', Buffer.from(words), PARSE));

const notUtf8: fc.Arbitrary<Bad> = fc
  .tuple(whole, fc.nat(), fc.constantFrom([0xff], [0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x28]))
  .map(([start, at, bytes]) => {
    const place = at % start.length;
    return text('not UTF-8', Buffer.concat([Buffer.from(start.slice(0, place)), Buffer.from(bytes), Buffer.from(start.slice(place))]), PARSE);
  });

const tooDeep: fc.Arbitrary<Bad> = fc.tuple(fc.integer({ min: 140, max: 4000 }), fc.boolean()).map(([depth, isArray]) => {
  const nest = isArray ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  return text('too deep', Buffer.from(`{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"a":${nest}}}`), PARSE);
});

const notRequest: fc.Arbitrary<Bad> = fc.oneof(
  fc
    .oneof(
      fc.constantFrom<unknown>(null, 1, true, 'text', {}, []),
      fc.jsonValue({ maxDepth: 2 }).filter((value) => typeof value !== 'object' || value === null),
    )
    .map((value) => text('no message', Buffer.from(JSON.stringify(value)), INVALID)),
  fc.tuple(valid, fc.constantFrom<unknown>('1.0', '2', 2, null, '', true, undefined)).map(
    ([[method, params], version]): Bad => ({
      ...modern('jsonrpc', method, params, INVALID_WITH_ID),
      body: write(method, { ...params, _meta: META }, { jsonrpc: version }),
    }),
  ),
  fc
    .tuple(
      valid,
      fc.oneof(fc.constantFrom<unknown>(null, 1.5, true, [], {}, 2 ** 60, [1]), fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true })),
    )
    .map(
      ([[method, params], id]): Bad => ({
        ...modern('id', method, params, typeof id === 'number' ? { ...INVALID, id } : INVALID),
        body: write(method, { ...params, _meta: META }, { id }),
      }),
    ),
  notText.map((method): Bad => ({ ...modern('method type', 'tools/list', {}, INVALID), body: write(method, { _meta: META }) })),
  fc
    .tuple(valid, notObject)
    .map(([[method, params], value]): Bad => ({ ...modern('params type', method, params, INVALID_WITH_ID), body: write(method, value) })),
  fc
    .array(valid, { minLength: 0, maxLength: 3 })
    .map((list) =>
      text(
        'batch',
        Buffer.from(JSON.stringify(list.map(([method, params], index) => ({ jsonrpc: '2.0', id: index, method, params: { ...params, _meta: META } })))),
        INVALID,
      ),
    ),
);

const methodName = fc
  .oneof(
    fc.stringMatching(/^[a-z]{1,12}(?:\/[a-z_]{1,12}){0,2}$/),
    fc.constantFrom(
      'ping',
      'initialize',
      'logging/setLevel',
      'resources/subscribe',
      'roots/list',
      'sampling/createMessage',
      'tools/Call',
      'tools',
      'rpc.discover',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'x'.repeat(300),
    ),
  )
  .filter((name) => !METHODS.has(name));
const unknownMethod: fc.Arbitrary<Bad> = fc
  .tuple(methodName, fc.dictionary(fc.constantFrom('a', 'name', 'cursor'), odd))
  .map(([method, params]) => modern('unknown method', method, params, METHOD));

const badCursor = fc.oneof(
  notText.filter((value) => value !== undefined),
  fc.string({ minLength: 1 }).map((words) => words.toWellFormed()),
  fc.constantFrom('', 'dG9vbHM', Buffer.from('nothing\nx').toString('base64url')),
);
const badParams: fc.Arbitrary<Bad> = fc.oneof(
  fc
    .tuple(fc.constantFrom('tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'), badCursor)
    .map(([method, cursor]) => modern('cursor', method, { cursor }, PARAMS)),
  fc.tuple(fc.constantFrom('tools/call', 'prompts/get'), notText).map(([method, name]) => modern('name type', method, { name }, PARAMS)),
  notText.map((uri) => modern('uri type', 'resources/read', { uri }, PARAMS)),
  fc.constantFrom('tools/call', 'prompts/get', 'resources/read', 'completion/complete').map((method) => modern('no params', method, {}, PARAMS)),
  fc
    .tuple(fc.constantFrom<readonly [string, string]>(['tools/call', 'say_back'], ['prompts/get', 'filled']), notObject)
    .map(([[method, name], input]) => modern('arguments type', method, { name, arguments: input }, PARAMS)),
  notText.map((city) => modern('argument type', 'prompts/get', { name: 'filled', arguments: { city } }, PARAMS)),
  fc.constant(modern('argument missing', 'prompts/get', { name: 'filled', arguments: {} }, PARAMS)),
  notObject.map((ref) => modern('ref type', 'completion/complete', { ref, argument: { name: 'city', value: 'p' } }, PARAMS)),
  fc
    .tuple(fc.constantFrom('name', 'value'), notText)
    .map(([member, value]) =>
      modern(
        'completion argument',
        'completion/complete',
        { ref: { type: 'ref/prompt', name: 'filled' }, argument: { name: 'city', value: 'p', [member]: value } },
        PARAMS,
      ),
    ),
  notObject
    .filter((value) => value !== undefined)
    .map((responses) => modern('inputResponses', 'tools/call', { name: 'asks', inputResponses: responses }, PARAMS)),
  fc
    .oneof(
      notText,
      fc.string().map((words) => words.toWellFormed()),
    )
    .map((requestState) => modern('requestState', 'tools/call', { name: 'asks', requestState }, PARAMS)),
  fc
    .tuple(
      fc.constantFrom<readonly [string, JsonObject]>(['tools/list', {}], ['prompts/get', { name: 'plain' }]),
      fc.constantFrom<unknown>(null, 1.5, true, [], {}),
    )
    .map(([[method, params], progressToken]) => modern('progressToken', method, params, PARAMS, { ...META, progressToken })),
);

const someName = fc.oneof(
  fc.string({ maxLength: 40 }).map((words) => words.toWellFormed()),
  fc.constantFrom('__proto__', 'constructor', '../../etc/passwd', 'SAY_BACK', 'say_back ', 'x'.repeat(2000)),
);
const unknownName: fc.Arbitrary<Bad> = fc.oneof(
  someName.map((name) => modern('unknown tool', 'tools/call', { name, arguments: {} }, PARAMS)),
  someName.map((name) => modern('unknown prompt', 'prompts/get', { name }, PARAMS)),
  someName.map((uri) => modern('unknown resource', 'resources/read', { uri }, PARAMS)),
  someName.map((name) => modern('unknown reference', 'completion/complete', { ref: { type: 'ref/prompt', name }, argument: { name: 'a', value: '' } }, PARAMS)),
);

const badInput: fc.Arbitrary<Bad> = fc.oneof(
  notText.map((words) => modern('input type', 'tools/call', { name: 'say_back', arguments: { words } }, INPUT)),
  fc
    .constantFrom({}, { words: 'x', other: 1 }, { words: 'x', times: 4 }, { words: 'x', times: 1.5 }, { words: 'x', times: '1' })
    .map((input) => modern('input', 'tools/call', { name: 'say_back', arguments: input }, INPUT)),
  fc.constant(modern('failing tool', 'tools/call', { name: 'always_fails', arguments: {} }, INPUT)),
);

const badEnvelope: fc.Arbitrary<Bad> = fc.oneof(
  fc
    .tuple(valid, fc.constantFrom('protocolVersion', 'clientCapabilities'))
    .map(([[method, params], member]) =>
      modern('envelope incomplete', method, params, ENVELOPE, Object.fromEntries(Object.entries(META).filter(([key]) => key !== PREFIX + member))),
    ),
  fc
    .tuple(valid, fc.constantFrom('clientCapabilities', 'clientInfo'), notObject)
    .map(([[method, params], member, value]) => modern('envelope type', method, params, ENVELOPE, { ...META, [PREFIX + member]: value })),
  fc
    .tuple(valid, notText)
    .map(([[method, params], version]) => modern('version type', method, params, ENVELOPE, { ...META, [`${PREFIX}protocolVersion`]: version })),
  fc
    .tuple(
      valid,
      odd.filter((level) => typeof level !== 'string' || level === ''),
    )
    .map(([[method, params], level]) => modern('log level', method, params, ENVELOPE, { ...META, [`${PREFIX}logLevel`]: level })),
  fc
    .tuple(valid, notObject)
    .map(([[method, params], meta]): Bad => ({ ...modern('meta type', method, params, ENVELOPE), body: write(method, { ...params, _meta: meta }) })),
);

const badVersion: fc.Arbitrary<Bad> = fc
  .tuple(
    valid,
    fc.oneof(
      fc.constantFrom('2026-07-29', '2099-01-01', 'tomorrow', '2026-07-28x', '2025-11-25', '2024-11-05', 'DRAFT-2026'),
      fc.stringMatching(/^20[3-9]\d-[01]\d-[0-3]\d$/),
    ),
  )
  .map(
    ([[method, params], version]): Bad => ({
      ...modern('version', method, params, VERSION, { ...META, [`${PREFIX}protocolVersion`]: version }),
      headers: headersFor(method, params, version),
    }),
  );

const withoutCapability: fc.Arbitrary<Bad> = fc
  .constantFrom({}, { roots: {} }, { elicitation: { url: {} } }, { elicitation: true }, { sampling: {} })
  .map((capabilities) =>
    modern('capability', 'tools/call', { name: 'asks', arguments: {} }, CAPABILITY, { ...META, [`${PREFIX}clientCapabilities`]: capabilities }),
  );

function withHeader({ headers, ...bad }: Bad, name: string, value: string | undefined): Bad {
  return { ...bad, headers: [...headers.filter(([other]) => other !== name), ...(value === undefined ? [] : [[name, value] as const])] };
}

const badHeader: fc.Arbitrary<Bad> = fc.oneof(
  fc
    .tuple(
      valid,
      fc.constantFrom('Mcp-Method', 'MCP-Protocol-Version'),
      fc.constantFrom<string | undefined>(undefined, '', 'tools/lis', '2026-07-29', 'x'.repeat(500)),
    )
    .map(([[method, params], name, value]) => withHeader(modern(`header ${name}`, method, params, HEADER), name, value)),
  fc.tuple(valid, fc.constantFrom('Mcp-Method', 'MCP-Protocol-Version')).map(([[method, params], name]): Bad => {
    const bad = modern(`header ${name} twice`, method, params, HEADER);
    return { ...bad, headers: [...bad.headers, ...bad.headers.filter(([other]) => other === name)] };
  }),
  fc
    .tuple(
      valid.filter(([, params]) => 'name' in params || 'uri' in params),
      fc.constantFrom<string | undefined>(undefined, '', 'other', '=?base64?eA==?=', '=?base64?*?=', '=?base64?/w==?='),
    )
    .map(([[method, params], value]) => withHeader(modern('header Mcp-Name', method, params, HEADER), 'Mcp-Name', value)),
  fc
    .constantFrom<string | undefined>(undefined, 'us', '', '=?base64?ZXU?=')
    .map((value) => withHeader(modern('header Mcp-Param', 'tools/call', { name: 'mirrored', arguments: { region: 'eu' } }, HEADER), 'Mcp-Param-Region', value)),
);

const badHttp: fc.Arbitrary<Bad> = fc.oneof(
  fc
    .tuple(valid, fc.constantFrom<string | undefined>(undefined, 'text/plain', 'application/jsonp', 'multipart/form-data', '*/*'))
    .map(([[method, params], type]) => withHeader(modern('media type', method, params, { status: 415, code: -32600, hasId: false }), 'Content-Type', type)),
  fc
    .tuple(valid, fc.constantFrom('gzip', 'br', 'x'))
    .map(([[method, params], encoding]) =>
      withHeader(modern('encoding', method, params, { status: 415, code: -32600, hasId: false }), 'Content-Encoding', encoding),
    ),
  fc
    .tuple(valid, fc.constantFrom('text/html', 'image/*', 'application/xml', 'nonsense'))
    .map(([[method, params], accept]) => withHeader(modern('accept', method, params, { status: 406, code: -32600, hasId: false }), 'Accept', accept)),
  fc
    .constantFrom('GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS')
    .map((verb): Bad => ({ ...modern('verb', 'tools/list', {}, { status: 405, code: -32600, hasId: false }), verb, body: () => Buffer.alloc(0) })),
  fc.integer({ min: 70_000, max: 200_000 }).map((size) => text('too large', Buffer.alloc(size, 0x20), { status: 413, code: -32600, hasId: false })),
  fc
    .tuple(
      valid.filter(([method]) => method !== 'server/discover'),
      fc.stringMatching(/^[0-9a-f]{1,40}$/),
    )
    .map(
      ([[method, params], session]): Bad => ({
        kind: 'session',
        verb: 'POST',
        headers: [...headersFor(undefined, {}, '2025-11-25'), ['Mcp-Session-Id', session]],
        body: write(method, params),
        expected: { status: 404, code: 40401, hasId: true },
      }),
    ),
  fc
    .tuple(
      fc.constantFrom('2025-11-25', '2025-06-18', '2025-03-26'),
      methodName.filter((name) => !['ping', 'initialize', 'logging/setLevel', 'resources/subscribe'].includes(name)),
    )
    .map(
      ([version, method]): Bad => ({
        kind: 'legacy method',
        verb: 'POST',
        headers: headersFor(undefined, {}, version),
        body: write(method, {}),
        expected: { status: 200, code: -32601, hasId: true },
      }),
    ),
  fc
    .constantFrom<JsonObject>(
      {},
      { protocolVersion: 1, capabilities: {}, clientInfo: { name: 'a', version: '1' } },
      { protocolVersion: '2025-11-25', clientInfo: { name: 'a', version: '1' } },
      { protocolVersion: '2025-11-25', capabilities: {} },
      { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 7, version: '1' } },
    )
    .map(
      (params): Bad => ({
        kind: 'legacy handshake',
        verb: 'POST',
        headers: headersFor(undefined, {}, '2025-11-25'),
        body: write('initialize', params),
        expected: PARAMS,
      }),
    ),
);

/** What can go over any transport. */
export const badMessages: fc.Arbitrary<Bad> = fc.oneof(
  { weight: 4, arbitrary: notJson },
  { weight: 1, arbitrary: notUtf8 },
  { weight: 1, arbitrary: tooDeep },
  { weight: 5, arbitrary: notRequest },
  { weight: 3, arbitrary: unknownMethod },
  { weight: 6, arbitrary: badParams },
  { weight: 3, arbitrary: unknownName },
  { weight: 2, arbitrary: badInput },
  { weight: 3, arbitrary: badEnvelope },
  { weight: 1, arbitrary: badVersion },
  { weight: 1, arbitrary: withoutCapability },
);
/** What can go over HTTP. */
export const badHttpRequests: fc.Arbitrary<Bad> = fc.oneof(
  { weight: 6, arbitrary: badMessages },
  { weight: 2, arbitrary: badHeader },
  { weight: 1, arbitrary: badHttp },
);
