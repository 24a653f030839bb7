import { describe, expect, it } from 'vitest';
import { ParamHeaders } from '../../../../src/upstreams/connection/http/param-headers.ts';

const tool = (name: string, properties: object): object => ({ name, inputSchema: { type: 'object', properties } });

describe('arguments that a tool wants in the head of the request', () => {
  it('are mirrored by their path, encoded where a header cannot carry them', () => {
    const params = new ParamHeaders();
    params.learn([
      tool('t', {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        at: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Count' } } },
        other: { type: 'string' },
      }),
    ]);
    expect(params.headersFor({ name: 't', arguments: { region: 'é', at: { n: 3 }, other: 'x' } })).toEqual({
      'mcp-param-region': '=?base64?w6k=?=',
      'mcp-param-count': '3',
    });
    expect(params.headersFor({ name: 't', arguments: { region: null } })).toEqual({});
    expect(params.headersFor({ name: 'unknown', arguments: { region: 'x' } })).toEqual({});
  });

  it('never end the header', () => {
    const params = new ParamHeaders();
    params.learn([tool('t', { a: { type: 'string', 'x-mcp-header': 'A' } })]);
    expect(params.headersFor({ name: 't', arguments: { a: 'x\r\nEvil: 1' } })['mcp-param-a']).toMatch(/^=\?base64\?[\w+/=]+\?=$/);
  });

  it.each([
    ['empty', { a: { type: 'string', 'x-mcp-header': '' } }],
    ['on an object', { a: { type: 'object', 'x-mcp-header': 'A' } }],
    ['twice', { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } }],
    ['with a line end', { a: { type: 'string', 'x-mcp-header': 'A\r\nB' } }],
  ])('leave out a tool whose annotation is %s, and no other', (_what, properties) => {
    const good = tool('good', {});
    expect(new ParamHeaders().learn([tool('bad', properties), good])).toEqual([good]);
  });
});
