import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackBundle, type BundleOptions } from '../../../../src/upstreams/entries/bundle.ts';
import { nameOfPackage, nameOfUrl } from '../../../../src/upstreams/entries/default-names.ts';
import { freeName, toUpstreamName, toVariableName } from '../../../../src/upstreams/entries/names.ts';
import { installPackage } from '../../../../src/upstreams/entries/npm-install.ts';
import { isOurs } from '../../../../src/upstreams/entries/ours.ts';
import { readServerJson } from '../../../../src/upstreams/entries/server-json.ts';
import { classifyDocument, parseSource } from '../../../../src/upstreams/entries/source.ts';
import { readZip } from '../../../../src/upstreams/entries/zip.ts';
import { makeZip, type ArchiveFile } from '../../../helpers/zip-archive.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'switchyard-sources-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe('G4.f: what is added', () => {
  it.each([
    ['@modelcontextprotocol/server-filesystem', ['/srv'], { kind: 'npm', args: ['/srv'] }],
    ['some-mcp', undefined, { kind: 'npm', spec: 'some-mcp' }],
    ['some-mcp@1.2.3', ['x'], { kind: 'npm', spec: 'some-mcp@1.2.3' }],
    ['npm:some-mcp', ['x'], { kind: 'npm', spec: 'some-mcp', args: ['x'] }],
    ['pypi:mcp-server-time', undefined, { kind: 'pypi' }],
    ['docker:ghcr.io/github/github-mcp-server', undefined, { kind: 'oci' }],
    ['files', ['npx', '-y', 'x'], { kind: 'command', name: 'files', command: 'npx', args: ['-y', 'x'] }],
    ['https://mcp.example.org/mcp', undefined, { kind: 'url' }],
    ['https://registry.modelcontextprotocol.io/v0/servers/abc', undefined, { kind: 'document' }],
    ['https://x.example/.well-known/agent-card.json', undefined, { kind: 'document' }],
    ['https://x.example/openapi.yaml', undefined, { kind: 'document' }],
    ['registry:io.github.a/b', undefined, { kind: 'document', url: 'https://registry.modelcontextprotocol.io/v0.1/servers/io.github.a%2Fb/versions/latest' }],
    ['./server.json', undefined, { kind: 'file' }],
    ['/tmp/a.mcpb', undefined, { kind: 'file' }],
  ])('%s', (what, rest, expected) => {
    expect(parseSource(what, rest)).toMatchObject(expected);
  });

  it.each([
    ['https://x.example/a.mcpb', 'SOURCE_UNSUPPORTED'],
    ['two words', 'USAGE'],
    ['npm:--global', 'USAGE'],
  ])('%s is refused with %s', (what, code) => {
    expect(codeOf(() => parseSource(what, undefined))).toBe(code);
  });

  it('documents are told apart', () => {
    expect(classifyDocument({ server: { name: 'a/b', remotes: [] } }).kind).toBe('server.json');
    expect(classifyDocument({ openapi: '3.1.0', paths: {} }).kind).toBe('openapi');
    expect(classifyDocument({ name: 'a', skills: [], capabilities: {} }).kind).toBe('agent-card');
    expect(codeOf(() => classifyDocument({ mcpServers: {} }))).toBe('SOURCE_INVALID');
    expect(codeOf(() => classifyDocument([]))).toBe('SOURCE_INVALID');
  });

  it('names: accents, scripts and length; never two of one name', () => {
    expect(['My Wëird Server 🚀', '日本', 'a__b', 'x'.repeat(80), '--', 'GitHub (Work)'].map(toUpstreamName)).toEqual([
      'my-weird-server',
      'upstream',
      'a_b',
      'x'.repeat(32),
      'upstream',
      'github-work',
    ]);
    const taken = new Set(['github', 'github-cursor']);
    expect(freeName('github', (name) => taken.has(name), 'cursor')).toBe('github-2');
    expect(freeName('x'.repeat(32), (name) => name === 'x'.repeat(32))).toBe(`${'x'.repeat(30)}-2`);
    expect([toVariableName('apiKey'), toVariableName('1st'), toVariableName('SWITCHYARD_KEY'), toVariableName('é')]).toEqual([
      'API_KEY',
      'V_1ST',
      'UPSTREAM_SWITCHYARD_KEY',
      'E',
    ]);
    expect(
      ['@modelcontextprotocol/server-filesystem@1', 'mcp-server-time', '@playwright/mcp', 'ghcr.io/github/github-mcp-server:1'].map(nameOfPackage),
    ).toEqual(['filesystem', 'time', 'playwright', 'github']);
    expect(['https://mcp.linear.app/mcp', 'http://127.0.0.1:3000/mcp', 'https://api.example.co/x'].map(nameOfUrl)).toEqual([
      'linear',
      '127.0.0.1-3000',
      'example',
    ]);
  });

  it('entries that lead back here are known', () => {
    const own = { script: '/opt/sy/main.js', port: 8000 };
    const stdio = (command: string, ...args: readonly string[]): boolean => isOurs({ command, args, headers: {} }, own);
    expect([
      stdio('switchyard', 'stdio'),
      stdio('npx', '-y', 'switchyard@1.0.0', 'stdio'),
      stdio('/bin/node', '/opt/sy/main.js', 'stdio'),
      stdio('node', 'C:\\x\\switchyard\\dist\\cli\\main.js', 'stdio'),
    ]).toEqual([true, true, true, true]);
    expect([stdio('npx', 'switchyard-docs-mcp', 'stdio'), stdio('node', 'main.js', 'stdio')]).toEqual([false, false]);
    const http = (url: string, headers = {}): boolean => isOurs({ args: [], url, headers }, own);
    expect([
      http('http://localhost:8000/mcp/team'),
      http('https://gw.example/mcp', { Authorization: 'Bearer ${SWITCHYARD_KEY}' }),
      http('http://localhost:8001/mcp'),
    ]).toEqual([true, true, false]);
  });
});

// Examples of the registry's own documentation (docs/reference/server-json/generic-server-json.md), shortened.
describe('G4.f: a server.json of the registry', () => {
  it('a package of npm with its variables', () => {
    const offer = readServerJson({
      name: 'io.modelcontextprotocol.anonymous/brave-search',
      packages: [
        {
          registryType: 'npm',
          identifier: '@modelcontextprotocol/server-brave-search',
          version: '1.0.2',
          transport: { type: 'stdio' },
          environmentVariables: [{ name: 'BRAVE_API_KEY', description: 'Brave Search API Key', isRequired: true, isSecret: true }],
          packageArguments: [
            { type: 'positional', value: 'run' },
            { type: 'named', name: '--port', default: '0' },
            { type: 'positional', valueHint: 'target_dir', isRequired: true },
          ],
        },
      ],
    });
    expect(offer).toMatchObject({
      name: 'brave-search',
      npmSpec: '@modelcontextprotocol/server-brave-search@1.0.2',
      draft: { args: ['run', '--port', '0', '${TARGET_DIR}'], env: { BRAVE_API_KEY: '${BRAVE_API_KEY}' } },
      needed: [{ variable: 'BRAVE_API_KEY', description: 'Brave Search API Key' }, { variable: 'TARGET_DIR' }],
    });
  });

  it('a remote with a header that has a variable; an image; what cannot run here', () => {
    expect(
      readServerJson({
        name: 'com.example/remote',
        remotes: [
          {
            type: 'streamable-http',
            url: 'https://mcp.example.com/{tenant}/mcp',
            variables: { tenant: { default: 'eu' } },
            headers: [{ name: 'Authorization', value: 'Bearer {key}', variables: { key: { isSecret: true } } }],
          },
        ],
      }),
    ).toMatchObject({
      draft: { transport: 'http', url: 'https://mcp.example.com/eu/mcp', headers: { Authorization: 'Bearer ${KEY}' } },
      needed: [{ variable: 'KEY' }],
    });
    expect(
      readServerJson({
        name: 'a/img',
        packages: [{ registryType: 'oci', identifier: 'ghcr.io/a/img', version: '1.0', environmentVariables: [{ name: 'T', isSecret: true }] }],
      }),
    ).toMatchObject({ draft: { command: 'docker', args: ['run', '-i', '--rm', '-e', 'T', 'ghcr.io/a/img:1.0'], env: { T: '${T}' } } });
    expect(codeOf(() => readServerJson({ name: 'a/b', packages: [{ registryType: 'nuget', identifier: 'x' }] }))).toBe('SOURCE_UNSUPPORTED');
    expect(codeOf(() => readServerJson({ name: 'a/b', packages: [] }))).toBe('SOURCE_INVALID');
    expect(codeOf(() => readServerJson({ name: 'a/b', packages: [{ registryType: 'npm', identifier: '--global x' }] }))).toBe('SOURCE_INVALID');
  });
});

const MANIFEST = {
  manifest_version: '0.4',
  name: 'Calendar',
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: {
      command: 'node',
      args: ['${__dirname}/server/index.js', '${user_config.folders}'],
      env: { API_KEY: '${user_config.api_key}', MODE: '${user_config.mode}' },
    },
  },
  user_config: {
    api_key: { type: 'string', sensitive: true, required: true, description: 'Key' },
    folders: { type: 'directory', multiple: true, default: ['${HOME}/a', '${HOME}/b'] },
    mode: { type: 'string', default: 'fast' },
  },
};
const bundle = (...more: readonly ArchiveFile[]): Buffer =>
  makeZip([{ path: 'manifest.json', content: JSON.stringify(MANIFEST) }, { path: 'server/index.js', content: 'ok', mode: 0o100755 }, ...more]);
const options = (settings: Readonly<Record<string, string>> = {}): BundleOptions => ({
  folder: join(base, 'room'),
  homeDirectory: '/home/me',
  platform: 'linux',
  node: '/opt/node',
  settings,
});

describe('G4.f: a bundle', () => {
  it('is unpacked, private, once, and started as its manifest says', () => {
    const unpacked = unpackBundle(bundle(), options());
    expect(unpacked).toMatchObject({
      name: 'calendar',
      draft: {
        command: '/opt/node',
        args: [join(unpacked.folder, 'server/index.js'), '/home/me/a', '/home/me/b'],
        env: { API_KEY: '${CALENDAR_API_KEY}', MODE: 'fast' },
      },
      needed: [{ variable: 'CALENDAR_API_KEY', description: 'Key' }],
    });
    expect(readFileSync(join(unpacked.folder, 'server/index.js'), 'utf8')).toBe('ok');
    expect(
      [unpacked.folder, join(unpacked.folder, 'server/index.js'), join(unpacked.folder, 'manifest.json')].map((path) => statSync(path).mode & 0o777),
    ).toEqual([0o700, 0o700, 0o600]);
    expect(unpackBundle(bundle(), options({ api_key: 'k', folders: '/x,/y' })).draft).toMatchObject({
      env: { API_KEY: 'k' },
      args: [expect.anything(), '/x', '/y'],
    });
    expect(readdirSync(join(base, 'room'))).toHaveLength(1);
    expect(codeOf(() => unpackBundle(bundle(), options({ nope: '1' })))).toBe('USAGE');
  });

  it.each([
    ['a step upwards', { path: '../evil', content: 'x' }],
    ['a step upwards in the middle', { path: 'a/../../evil', content: 'x' }],
    ['an absolute path', { path: '/etc/evil', content: 'x' }],
    ['a drive', { path: 'C:/evil', content: 'x' }],
    ['a backslash', { path: '..\\evil', content: 'x' }],
    ['a link', { path: 'link', content: '/etc/passwd', mode: 0o120777 }],
    ['a device', { path: 'null', content: '', mode: 0o020666 }],
    ['a name twice', { path: 'MANIFEST.json', content: '{}' }],
    ['more than it says', { path: 'bomb', content: 'x'.repeat(100_000), size: 10 }],
    ['less than it says', { path: 'short', content: 'x', size: 10 }],
  ])('with %s is refused, and nothing is written', (_, file) => {
    expect(codeOf(() => unpackBundle(bundle(file), options()))).toBe('SOURCE_INVALID');
    expect(existsSync(join(base, 'room'))).toBe(false);
  });

  it('bounds of archives, and what is none', () => {
    expect(readZip(makeZip([{ path: 'a', content: 'x', isStored: true }]), { maxMembers: 1, maxBytes: 1 })).toHaveLength(1);
    expect(codeOf(() => readZip(makeZip([{ path: 'a', content: 'xx' }]), { maxMembers: 1, maxBytes: 1 }))).toBe('SOURCE_INVALID');
    expect(
      codeOf(() =>
        readZip(
          makeZip([
            { path: 'a', content: '' },
            { path: 'b', content: '' },
          ]),
          { maxMembers: 1, maxBytes: 1 },
        ),
      ),
    ).toBe('SOURCE_INVALID');
    const whole = bundle();
    for (let length = 0; length < whole.length; length += 7) expect(codeOf(() => readZip(whole.subarray(0, length)))).toBe('SOURCE_INVALID');
    const broken = Buffer.from(whole);
    broken.fill(0xff, 45, 60);
    expect(codeOf(() => readZip(broken))).toBe('SOURCE_INVALID');
  });
});

describe('G4.f: a package of npm is installed once (thread 1: npx resolves anew at every start)', () => {
  it('its program is found, its install scripts do not run', { timeout: 60_000 }, async () => {
    const own = join(base, 'package');
    mkdirSync(own);
    writeFileSync(
      join(own, 'package.json'),
      JSON.stringify({
        name: '@me/server-x',
        version: '1.2.3',
        bin: { other: 'o.js', 'server-x': 'main.js' },
        scripts: { postinstall: `echo ran > ${join(base, 'ran')}` },
      }),
    );
    writeFileSync(join(own, 'main.js'), '');
    writeFileSync(join(own, 'o.js'), '');
    const folder = join(base, 'room', 'npm-x');
    const installed = await installPackage({ spec: own, folder, node: process.execPath, env: { ...process.env, npm_config_install_links: 'true' } });
    expect(installed).toEqual({
      packageName: '@me/server-x',
      version: '1.2.3',
      script: join(folder, 'node_modules/@me/server-x/main.js'),
      hasSkippedScripts: true,
    });
    expect(existsSync(join(base, 'ran'))).toBe(false);
  });

  it('what cannot be installed leaves nothing behind', { timeout: 60_000 }, async () => {
    const folder = join(base, 'room', 'npm-y');
    await expect(installPackage({ spec: join(base, 'missing.tgz'), folder, node: process.execPath, env: process.env })).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
    });
    expect(existsSync(folder)).toBe(false);
    await expect(installPackage({ spec: join(base, 'missing.tgz'), folder, node: '/nowhere/node', env: { PATH: base } })).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: 'npm is not installed.',
    });
  });
});
