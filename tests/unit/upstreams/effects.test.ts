import { describe, expect, it } from 'vitest';
import type { PermissionType } from '../../../src/contracts/policy.ts';
import type { EffectMapping } from '../../../src/contracts/upstreams-config.ts';
import { compileEffects } from '../../../src/upstreams/effects.ts';

const mapping = (permission: PermissionType, from: string | null, over: Partial<EffectMapping> = {}): EffectMapping => ({
  permission,
  from,
  resource: null,
  root: null,
  isOptional: false,
  size: null,
  timeout: null,
  ...over,
});
const effectsOf = (one: EffectMapping, input: unknown): readonly unknown[] =>
  compileEffects([one])(input).map(({ type, resource, problem, parameters = {} }) => [
    type,
    problem === undefined ? resource : 'problem',
    ...(Object.keys(parameters).length === 0 ? [] : [parameters]),
  ]);

// @requirement P2.e
describe('P2: effects of upstream tools, told from their arguments', () => {
  it.each([
    ['a.txt', 'FILE_READ', 'a.txt'],
    ['./docs/a.txt', 'FILE_READ', 'docs/a.txt'],
    ['docs/', 'FILE_READ', 'docs'],
    ['/srv/data/docs/a.txt', 'FILE_READ', 'docs/a.txt'],
    ['/srv/data', 'FILE_READ', '.'],
    ['/srv/data2/x', 'FILE_READ_GLOBAL', '/srv/data2/x'],
    ['/etc/passwd', 'FILE_READ_GLOBAL', '/etc/passwd'],
    ['/srv/data/../../etc/passwd', 'FILE_READ', '../../etc/passwd'],
    ['~/.ssh/id_rsa', 'FILE_READ', 'problem'],
    ['C:/Windows', 'FILE_READ', 'problem'],
    ['file:///etc/passwd', 'FILE_READ', 'problem'],
    ['', 'FILE_READ', 'problem'],
    [null, 'FILE_READ', 'problem'],
    [{ toString: 'a' }, 'FILE_READ', 'problem'],
    [undefined, 'FILE_READ', 'problem'],
  ])('the path %j is %s %s', (path, type, resource) => {
    expect(effectsOf(mapping('FILE_READ', '/path', { root: '/srv/data/' }), { path })).toEqual([[type, resource]]);
  });

  it('each item of a list is an effect; too many cannot be judged', () => {
    expect(effectsOf(mapping('FILE_READ', '/paths'), { paths: ['a', 'b', 7, ['c']] })).toEqual([
      ['FILE_READ', 'a'],
      ['FILE_READ', 'b'],
      ['FILE_READ', '7'],
      ['FILE_READ', 'problem'],
    ]);
    expect(effectsOf(mapping('FILE_READ', '/files/*/path'), { files: [{ path: 'a' }, { path: 'b' }] })).toEqual([
      ['FILE_READ', 'a'],
      ['FILE_READ', 'b'],
    ]);
    expect(effectsOf(mapping('FILE_READ', '/files/*/path'), { files: { 0: { path: 'a' } } })).toEqual([['FILE_READ', 'problem']]);
    expect(effectsOf(mapping('FILE_READ', '/paths'), { paths: Array.from({ length: 1001 }, () => 'a') })).toEqual([['FILE_READ', 'problem']]);
  });

  it('an argument that is not there, or only inherited, is a problem unless it may be absent', () => {
    expect(effectsOf(mapping('FILE_READ', '/path'), {})).toEqual([['FILE_READ', 'problem']]);
    expect(effectsOf(mapping('FILE_READ', '/constructor/name'), {})).toEqual([['FILE_READ', 'problem']]);
    expect(effectsOf(mapping('FILE_READ', '/path'), 'path')).toEqual([['FILE_READ', 'problem']]);
    expect(effectsOf(mapping('FILE_READ', '/path', { isOptional: true }), {})).toEqual([]);
    expect(effectsOf(mapping('FILE_READ', '/path'), JSON.parse('{"__proto__":{"path":"a"}}'))).toEqual([['FILE_READ', 'problem']]);
  });

  it.each([
    ['https://Example.ORG/x', 'example.org:443'],
    ['http://example.org:8080', 'example.org:8080'],
    ['example.org:22', 'example.org:22'],
    ['example.org', 'example.org'],
    ['http://0x7f.1/', '127.0.0.1:80'],
    ['2130706433:80', '127.0.0.1:80'],
    ['http://[::ffff:7f00:1]/', '[::ffff:7f00:1]:80'],
    ['http://ex\u00e4mple.org', 'xn--exmple-cua.org:80'],
    ['http://good.example@evil.example/', 'problem'],
    ['http://good.example\\@evil.example/', 'problem'],
    ['http://good.example\t.evil.example/', 'problem'],
    ['http://', 'problem'],
    ['', 'problem'],
  ])('the address %j is %s', (url, host) => {
    expect(effectsOf(mapping('NETWORK_OUTBOUND', '/url'), { url })).toEqual([['NETWORK_OUTBOUND', host]]);
  });

  it.each([
    ['git status', 'git status', 'git'],
    [['git', 'log', '-1'], 'git log -1', 'git'],
    ['git status; rm -rf /', 'problem', undefined],
    ['git $(rm x)', 'problem', undefined],
    ['git\nrm x', 'problem', undefined],
    [['git', 'a b'], 'problem', undefined],
    [['git', 7], 'problem', undefined],
    [[], 'problem', undefined],
    ['', 'problem', undefined],
  ])('the command %j is %s', (command, resource, program) => {
    expect(effectsOf(mapping('SYSTEM_COMMAND', '/command'), { command })).toEqual([
      ['SYSTEM_COMMAND', resource, ...(program === undefined ? [] : [{ command: program }])],
    ]);
  });

  it('tells sizes and times for limits, and nothing where they are none', () => {
    const write = mapping('FILE_WRITE', '/path', { size: '/content', timeout: '/seconds' });
    expect(effectsOf(write, { path: 'a', content: 'äb', seconds: 5 })).toEqual([['FILE_WRITE', 'a', { size: 3, timeout: 5 }]]);
    expect(effectsOf(write, { path: 'a', content: ['x'], seconds: '5' })).toEqual([['FILE_WRITE', 'a']]);
    expect(effectsOf(mapping('FILE_WRITE', null, { resource: 'log', size: '/parts/*' }), { parts: ['aa', 'b'] })).toEqual([['FILE_WRITE', 'log', { size: 3 }]]);
    expect(effectsOf(mapping('NETWORK_LISTEN', '/port'), { port: 8080 })).toEqual([['NETWORK_LISTEN', '8080']]);
    expect(effectsOf(mapping('CODE_EXECUTION', null, { resource: 'bash' }), {})).toEqual([['CODE_EXECUTION', 'bash']]);
  });
});
