import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fenceServer, requireGrant } from '../../../src/sandbox/native/server-fence.ts';
import { root } from '../../../tools/paths.ts';
import { noNative, processesWith } from '../../helpers/native-sandbox.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const missing = await noNative();
const folder = mkdtempSync(join(tmpdir(), 'fenced-upstream-'));
const script = join(folder, 'code', 'server.py');
const secret = join(folder, 'secret.txt');
const shared = join(folder, 'shared');
const writable = join(folder, 'writable');
for (const name of ['code', 'shared', 'writable']) mkdirSync(join(folder, name));
copyFileSync(join(root, 'tests/helpers/probing-upstream.py'), script);
writeFileSync(secret, 'the secret', { mode: 0o644 });
writeFileSync(join(shared, 'data.txt'), 'the data', { mode: 0o644 });
// As root the server is another user: what it is granted must be open to that one, as on any machine.
for (const path of [folder, join(folder, 'code'), shared]) chmodSync(path, 0o755);
chmodSync(writable, 0o777);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing !== undefined)(`an upstream in the native sandbox ${missing ?? ''}`, () => {
  let gateway: UpstreamGateway;
  let speaker: Speaker;
  beforeAll(async () => {
    const server = { transport: 'stdio', command: '/usr/bin/python3', args: [script], connect: 'eager', instances: 'shared', pins: 'off' };
    gateway = await startUpstreamGateway({
      fenced: { ...server, sandbox: { read: [join(folder, 'code'), shared], write: [writable] } },
      online: { ...server, sandbox: { read: [join(folder, 'code')], network: true } },
      plain: server,
      greedy: { ...server, sandbox: { read: ['/'] } },
    });
    speaker = await connect('v2 modern', { url: gateway.url, token: gateway.key });
    const wanted = ['fenced__probe', 'online__probe', 'plain__probe'];
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      const names = await speaker.toolNames();
      if (wanted.every((name) => names.includes(name))) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    throw new Error(
      `not all upstreams came: ${(await speaker.toolNames()).filter((n) => n.includes('__')).join()} ${gateway.log.filter((l) => !l.includes('step')).join('; ')} ${JSON.stringify(await gateway.status('fenced'))}`,
    );
  });
  afterAll(async () => {
    await speaker.close();
    await gateway.stop();
    expect(processesWith(script)).toEqual([]);
  });
  const probe = async (server: string, kind: string, what = ''): Promise<string> => String((await speaker.call(`${server}__probe`, { kind, what })).text);

  it('S5.a S5.b: reads and writes what its grants name, and nothing else', async () => {
    expect(await probe('fenced', 'read', join(shared, 'data.txt'))).toBe('the data');
    expect(await probe('fenced', 'write', join(writable, 'new.txt'))).toBe('written');
    expect(readFileSync(join(writable, 'new.txt'), 'utf8')).toBe('written by the upstream');
    expect(await probe('fenced', 'read', secret)).toMatch(/^refused/);
    expect(await probe('fenced', 'read', '/etc/passwd')).toMatch(/^refused/);
    expect(await probe('fenced', 'read', join(gateway.home, 'admin.key'))).toMatch(/^refused/);
    expect(await probe('fenced', 'write', join(shared, 'new.txt'))).toMatch(/^refused/);
    expect(await probe('fenced', 'write', join(folder, 'new.txt'))).toMatch(/^refused/);
    expect(existsSync(join(folder, 'new.txt')) || existsSync(join(shared, 'new.txt'))).toBe(false);
  });

  it('S5.b: has the network where it was granted, and none elsewhere', async () => {
    const port = new URL(gateway.url).port;
    expect(await probe('fenced', 'connect', port)).toMatch(/^refused/);
    expect(await probe('online', 'connect', port)).toBe('connected');
  });

  it('S5.b: without a sandbox all of it happens (control)', async () => {
    expect(await probe('plain', 'read', secret)).toBe('the secret');
    expect(await probe('plain', 'read', '/etc/passwd')).toContain('root:');
    expect(await probe('plain', 'read', join(gateway.home, 'admin.key'))).toBe(gateway.key);
    expect(await probe('plain', 'connect', new URL(gateway.url).port)).toBe('connected');
    expect(await probe('plain', 'write', join(folder, 'control.txt'))).toBe('written');
  });

  it('S5.b: is no root, and is not started at all where its grants would give the fence away', async () => {
    expect(await probe('fenced', 'who')).toMatch(/^[1-9]\d* \/tmp$/);
    expect((await gateway.status('greedy'))?.state).not.toBe('up');
    expect(gateway.log.join('\n') + JSON.stringify(await gateway.status('greedy'))).toMatch(/never given|SANDBOX_GRANT_REFUSED|not/);
  });
});

describe('grants', () => {
  const home = join(folder, 'home');
  for (const name of ['keys', 'servers/npm-x']) mkdirSync(join(home, name), { recursive: true });
  const program = { name: 'x', command: '/usr/bin/env', args: [], env: { PATH: '/usr/bin' }, cwd: undefined };
  it.each(['/', homedir(), '/etc', '/proc/1', folder, home, join(home, 'keys'), join(home, 'servers'), '/no/such/folder', 'relative'])(
    'S5.b: SANDBOX_GRANT_REFUSED for %s',
    (path) => {
      const target = path === folder ? join(home, '..') : path;
      expect(() => fenceServer(program, { read: [target], write: [], network: false }, home, '/usr/bin/bwrap')).toThrow(
        expect.objectContaining({ code: 'SANDBOX_GRANT_REFUSED' }) as Error,
      );
      expect(() => fenceServer(program, { read: [], write: [target], network: false }, home, '/usr/bin/bwrap')).toThrow(/never given|does not exist/);
    },
  );

  it('the own folder of a server that add installed is given', () => {
    expect(requireGrant(join(home, 'servers/npm-x'), home)).toBe(join(home, 'servers/npm-x'));
  });

  it('S5.b: a server that may write its own folder does not lead out of it by links that it makes there', () => {
    const project = join(folder, 'project');
    for (const path of [join(project, 'bin'), join(project, 'data'), join(folder, 'private/bin')]) mkdirSync(path, { recursive: true });
    for (const path of [join(folder, 'private/bin/tool'), join(project, 'bin/server')]) writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
    const grants = { read: [join(project, 'data')], write: [project], network: false };
    const fence = (): string => fenceServer({ ...program, command: join(project, 'bin/server') }, grants, home, '/usr/bin/bwrap').args.join(' ');
    // The control: as it was set up, it starts, and sees its project alone.
    expect(fence()).toContain(`--bind ${project} ${project}`);
    expect(fence()).not.toContain('private');
    for (const [path, target] of [
      ['bin/server', 'private/bin/tool'],
      ['data', 'private'],
    ] as const) {
      rmSync(join(project, path), { recursive: true });
      symlinkSync(join(folder, target), join(project, path));
      expect(fence).toThrow(expect.objectContaining({ code: 'SANDBOX_GRANT_REFUSED' }) as Error);
      rmSync(join(project, path));
      if (path === 'data') mkdirSync(join(project, path));
      else writeFileSync(join(project, path), '#!/bin/sh\n', { mode: 0o755 });
    }
    // A link that stays inside is one that package managers make.
    rmSync(join(project, 'bin/server'));
    writeFileSync(join(project, 'data/real'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('../data/real', join(project, 'bin/server'));
    expect(fence()).toContain(`--bind ${project} ${project}`);
  });

  it('a project folder is given', () => {
    expect(fenceServer(program, { read: [shared], write: [], network: false }, home, '/usr/bin/bwrap').args.join(' ')).toContain(
      `--ro-bind ${shared} ${shared}`,
    );
  });
});
