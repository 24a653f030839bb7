import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../../src/contracts/catalog.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { createHeaderParams } from '../../../../src/doors/mcp/header-params.ts';
import { checkParamHeaders, checkPostHeaders, checkStandardHeaders, readAccept } from '../../../../src/doors/mcp/headers.ts';
import { codeOf } from '../../../helpers/failure-of.ts';

const BOTH = { isJson: true, isStream: true };
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe('the Accept header', () => {
  it.each([
    [undefined, BOTH],
    ['*/*', BOTH],
    ['application/json, text/event-stream', BOTH],
    ['text/event-stream;q=0.5 , Application/JSON;q=1', BOTH],
    ['application/json', { isJson: true, isStream: false }],
    ['text/event-stream', { isJson: false, isStream: true }],
    ['application/*', { isJson: true, isStream: false }],
    ['text/*', { isJson: false, isStream: true }],
    ['text/html', { isJson: false, isStream: false }],
    ['', { isJson: false, isStream: false }],
  ])('%j accepts %j', (accept, expected) => {
    expect(readAccept(accept === undefined ? {} : { accept })).toEqual(expected);
  });
});

describe('the headers of a POST', () => {
  it.each([
    ['application/json', undefined, 'none'],
    ['application/json; charset=utf-8', undefined, 'none'],
    ['APPLICATION/JSON', undefined, 'none'],
    ['application/json', 'identity', 'none'],
    ['text/json', undefined, 'UNSUPPORTED_MEDIA_TYPE'],
    ['application/jsonp', undefined, 'UNSUPPORTED_MEDIA_TYPE'],
    [undefined, undefined, 'UNSUPPORTED_MEDIA_TYPE'],
    ['application/json', 'gzip', 'UNSUPPORTED_MEDIA_TYPE'],
  ])('type %j with encoding %j: %s', (type, encoding, code) => {
    const headers = { ...(type === undefined ? {} : { 'content-type': type }), ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
    expect(codeOf(() => checkPostHeaders(headers, BOTH, 10))).toBe(code);
  });

  it('refuses what nobody could read, and what is declared too large', () => {
    expect(codeOf(() => checkPostHeaders({ 'content-type': 'application/json' }, { isJson: false, isStream: false }, 10))).toBe('NOT_ACCEPTABLE');
    expect(codeOf(() => checkPostHeaders({ 'content-type': 'application/json', 'content-length': '11' }, BOTH, 10))).toBe('BODY_TOO_LARGE');
  });
});

describe('the headers that repeat the body', () => {
  const call = (headers: JsonObject, name: unknown = 'echo'): string =>
    codeOf(() =>
      checkStandardHeaders(
        { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', ...headers } as never,
        { id: 1, method: 'tools/call', params: { name } },
        '2026-07-28',
        'name',
      ),
    );
  it.each([
    [{ 'mcp-name': 'echo' }, 'echo', 'none'],
    [{ 'mcp-name': '  echo\t' }, 'echo', 'none'],
    [{ 'mcp-name': encoded('echo') }, 'echo', 'none'],
    [{ 'mcp-name': encoded('Zoë') }, 'Zoë', 'none'],
    [{ 'mcp-name': encoded('=?base64?x?=') }, '=?base64?x?=', 'none'],
    [{}, 7, 'none'],
    [{}, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'Echo' }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'Zoë' }, 'Zoe', 'HEADER_MISMATCH'],
    [{ 'mcp-name': '=?base64?x?=' }, '=?base64?x?=', 'HEADER_MISMATCH'],
    [{ 'mcp-name': '=?base64?ZWNobw?=' }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': '=?base64?/w==?=' }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'echo', 'mcp-method': 'TOOLS/CALL' }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'echo', 'mcp-method': undefined }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'echo', 'mcp-protocol-version': undefined }, 'echo', 'HEADER_MISMATCH'],
    [{ 'mcp-name': 'echo', 'mcp-protocol-version': '2026-07-28, 2026-07-28' }, 'echo', 'HEADER_MISMATCH'],
  ])('%j for %j: %s', (headers, name, code) => {
    expect(call(headers, name)).toBe(code);
  });
});

describe('mirrored parameters', () => {
  const schema = {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      nested: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' }, on: { type: 'boolean', 'x-mcp-header': 'On' } } },
      list: { type: 'array', items: { properties: { hidden: { type: 'string', 'x-mcp-header': 'Hidden' } } } },
      bad: { type: 'string', 'x-mcp-header': 'not a token' },
    },
    anyOf: [{ properties: { other: { type: 'string', 'x-mcp-header': 'Other' } } }],
  };
  const tools = [{ definition: { name: 'sql', inputSchema: schema } }, { definition: { name: 'plain', inputSchema: { type: 'object' } } }];
  const paramsOf = createHeaderParams({ list: () => tools } as unknown as Catalog, undefined);
  const check = (headers: JsonObject, input: unknown): string => codeOf(() => checkParamHeaders(headers as never, paramsOf('sql'), input));

  it('are found where the schema says so directly, and nowhere else', () => {
    expect(paramsOf('sql').map(({ name }) => name)).toEqual(['mcp-param-region', 'mcp-param-count', 'mcp-param-on']);
    expect(paramsOf('plain')).toEqual([]);
    expect(paramsOf('constructor')).toEqual([]);
  });

  it.each([
    [{}, {}, 'none'],
    [{}, { region: null }, 'none'],
    [{ 'mcp-param-region': 'anything' }, {}, 'none'],
    [{}, { region: ['x'] }, 'none'],
    [{}, 'not an object', 'none'],
    [{ 'mcp-param-region': 'eu' }, { region: 'eu' }, 'none'],
    [{ 'mcp-param-region': encoded(' eu ') }, { region: ' eu ' }, 'none'],
    [{ 'mcp-param-count': '42' }, { nested: { count: 42 } }, 'none'],
    [{ 'mcp-param-count': '42.0' }, { nested: { count: 42 } }, 'none'],
    [{ 'mcp-param-on': 'true' }, { nested: { on: true } }, 'none'],
    [{}, { region: 'eu' }, 'HEADER_MISMATCH'],
    [{ 'mcp-param-region': 'us' }, { region: 'eu' }, 'HEADER_MISMATCH'],
    [{ 'mcp-param-count': '43' }, { nested: { count: 42 } }, 'HEADER_MISMATCH'],
    [{ 'mcp-param-count': '0x2a' }, { nested: { count: 42 } }, 'HEADER_MISMATCH'],
    [{ 'mcp-param-on': '1' }, { nested: { on: true } }, 'HEADER_MISMATCH'],
  ])('%j for %j: %s', (headers, input, code) => {
    expect(check(headers, input)).toBe(code);
  });
});
