import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homePaths, prepareHome, resolveHome } from '../../../src/config/home.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-home-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const isPosix = process.platform !== 'win32';

describe('resolveHome', () => {
  it.each([
    ['linux', { HOME: '/home/ada' }, '/home/ada/.local/state/switchyard'],
    ['linux', { HOME: '/home/ada', XDG_STATE_HOME: '/state' }, '/state/switchyard'],
    ['linux', { HOME: '/home/ada', XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/switchyard'],
    ['linux', { HOME: '/home/ada', SWITCHYARD_HOME: '/srv/gateway' }, '/srv/gateway'],
    ['linux', { HOME: '/home/ada', SWITCHYARD_HOME: '' }, '/home/ada/.local/state/switchyard'],
    ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Application Support/switchyard'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' }, 'C:\\Users\\ada\\AppData\\Local\\switchyard'],
    ['win32', { USERPROFILE: 'C:\\Users\\ada' }, 'C:\\Users\\ada\\AppData\\Local\\switchyard'],
  ] as const)('%s %o: %s', (platform, env, expected) => {
    expect(resolveHome(env, platform)).toBe(expected);
  });

  it('makes a relative SWITCHYARD_HOME absolute', () => {
    expect(resolveHome({ SWITCHYARD_HOME: 'state' }, 'linux')).toBe(join(process.cwd(), 'state'));
  });
});

describe('homePaths', () => {
  it('keeps the socket short enough for the system, apart for each home', () => {
    const long = join('/', 'x'.repeat(200));
    expect(homePaths('/home/ada/.local/state/switchyard', 'linux').socket).toBe('/home/ada/.local/state/switchyard/run/gateway.sock');
    expect(Buffer.byteLength(homePaths(long, 'linux').socket)).toBeLessThanOrEqual(100);
    expect(homePaths(`${long}y`, 'linux').socket).not.toBe(homePaths(long, 'linux').socket);
    expect(homePaths('C:\\state', 'win32')).toMatchObject({ run: undefined, socket: expect.stringMatching(/^\\\\\.\\pipe\\switchyard-[0-9a-f]{16}$/) });
  });
});

describe.runIf(isPosix)('prepareHome', () => {
  it('creates every folder for its owner alone', () => {
    const paths = prepareHome(join(root, 'deep', 'home'));
    for (const folder of [paths.root, paths.run, paths.audit, paths.keys, paths.workspace]) expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
    expect(prepareHome(paths.root)).toEqual(paths);
  });

  it.each([
    ['the home is open to the group', (home: string) => chmodSync(home, 0o750), /chmod 700/],
    ['the home can be listed by all', (home: string) => chmodSync(home, 0o755), /chmod 700/],
    ['the admin key can be read by all', (home: string) => writeFileSync(join(home, 'admin.key'), 'x', { mode: 0o644 }), /chmod 600 .*admin\.key/],
    ['the database can be read by the group', (home: string) => writeFileSync(join(home, 'state.db'), '', { mode: 0o640 }), /chmod 600 .*state\.db/],
    [
      'the keys are a link',
      (home: string) => {
        rmSync(join(home, 'keys'), { recursive: true });
        mkdirSync(join(root, 'other'));
        symlinkSync(join(root, 'other'), join(home, 'keys'));
      },
      /rm .*keys/,
    ],
    ['the audit folder can be entered by all', (home: string) => chmodSync(join(home, 'audit'), 0o711), /chmod 700 .*audit/],
  ])('refuses when %s', (_, spoil, fix) => {
    const home = join(root, 'home');
    prepareHome(home);
    spoil(home);
    expect(() => prepareHome(home)).toThrow(expect.objectContaining({ code: 'HOME_INSECURE', fix: expect.stringMatching(fix) }));
  });

  it('quotes paths so that the fix can be pasted', () => {
    const home = join(root, "it's a home");
    prepareHome(home);
    chmodSync(home, 0o777);
    expect(() => prepareHome(home)).toThrow(expect.objectContaining({ fix: `Run: chmod 700 '${root}/it'\\''s a home'` }));
  });

  it.runIf(process.getuid?.() === 0)('refuses a home of somebody else', async () => {
    const { chownSync } = await import('node:fs');
    const home = join(root, 'home');
    prepareHome(home);
    chownSync(home, 12345, 12345);
    expect(() => prepareHome(home)).toThrow(expect.objectContaining({ code: 'HOME_INSECURE', fix: expect.stringMatching(/^Run: chown 0 /) }));
  });

  it('says so when it cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => prepareHome(join(root, 'file', 'home'))).toThrow(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
  });
});
