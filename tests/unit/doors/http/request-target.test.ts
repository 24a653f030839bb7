import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from '../../../../src/doors/http/request-target.ts';
import { startCpuWatch } from '../../../helpers/cpu-watch.ts';

describe('a request target', () => {
  it.each([
    ['/', '/'],
    ['/mcp', '/mcp'],
    ['/mcp?x=//..%00', '/mcp'],
    ['/mcp/', '/mcp/'],
    ['/mcp/v1/tools/read_file', '/mcp/v1/tools/read_file'],
    ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource/mcp'],
    ['/v1/models/openai%2Fgpt-5', '/v1/models/openai%2Fgpt-5'],
    ['/a..b', '/a..b'],
    ['/...', '/...'],
    ["/a!$&'()*+,;=:@b", "/a!$&'()*+,;=:@b"],
    ['/%E2%82%AC', '/%E2%82%AC'],
    ['/?token=abc', '/'],
  ])('%j has the one reading %j', (target, path) => {
    expect(parseRequestTarget(target)).toBe(path);
  });

  it.each([
    '',
    '*',
    'mcp',
    'http://127.0.0.1/mcp',
    'https://evil.example/mcp',
    '//mcp',
    '//evil.example/mcp',
    '/mcp//',
    '/mcp//v1',
    '/./mcp',
    '/mcp/.',
    '/mcp/..',
    '/../mcp',
    '/mcp/../metrics',
    '/%2e/mcp',
    '/%2e%2e/mcp',
    '/.%2e/mcp',
    '/%2E%2E%2fmcp',
    '/mcp/..%2fmetrics',
    '/mcp%2f..%2fmetrics',
    '/mcp%2f%2fx',
    '/mcp\\..\\metrics',
    '/mcp%5c..',
    '/mcp%5C',
    '/mcp%00',
    '/mcp%0a',
    '/mcp%0d%0aX: y',
    '/mcp%7f',
    '/mcp%',
    '/mcp%2',
    '/mcp%zz',
    '/mcp%c0%af',
    '/mcp%ff',
    '/mcp#x',
    '/mcp x',
    '/m\u00e9',
    '/mcp"',
    '/<script>',
    '/mcp|x',
    '/[x]',
    '/{x}',
    '/mcp^',
    '/mcp`',
  ])('%j has none', (target) => {
    expect(parseRequestTarget(target)).toBeUndefined();
  });

  it('is what a URL parser makes of it, or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', 'F', '5', 'c', 'a', 'm', '\\', '?', '#', '0', ':', '@', ' ', '\t', '\u00e9') }),
        (tail) => {
          const path = parseRequestTarget(`/${tail}`);
          if (path !== undefined) expect(new URL(`http://h${path}`).pathname).toBe(path);
        },
      ),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('takes linear time for hostile paths', () => {
    const cpuMs = startCpuWatch();
    for (const piece of ['a', 'a/', '.', './', '%2e', '/a.']) parseRequestTarget(`/${piece.repeat(5000)}!"`);
    expect(cpuMs()).toBeLessThan(200);
  });
});
