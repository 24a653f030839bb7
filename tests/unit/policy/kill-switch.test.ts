import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KillEntry, KillSwitch } from '../../../src/contracts/policy.ts';
import { addKillEntry, clearKillFile, readKillFile, removeKillEntry } from '../../../src/policy/kill-file.ts';
import { createKillSwitch } from '../../../src/policy/kill-switch.ts';
import { principal } from './subjects.ts';

let folder = '';
let path = '';
let nowMs = 0;
let killSwitch: KillSwitch;
const clock = { now: () => 1_000_000 + nowMs, monotonic: () => nowMs };
const caller = principal(['user'], { id: 'key:a', clientId: 'cursor' });
const turnOff = (scope: KillEntry['scope'], name: string, reason = 'why'): Promise<KillEntry> => addKillEntry(path, { scope, name, reason }, clock);
const check = (kind: string, name: string): string | undefined => killSwitch.check(caller, { kind, name });
/** Lets enough of the clock pass for the next look. */
const later = (): void => {
  nowMs += 200;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
  path = join(folder, 'kill-switch.json');
  nowMs = 0;
  killSwitch = createKillSwitch({ path, clock });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the kill switch', () => {
  it('is off while there is no file', () => {
    expect(check('tool', 'echo')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['all', '', { 'tool echo': 'everything: why', 'admin x': 'everything: why' }],
    ['client', 'cursor', { 'tool echo': 'client cursor: why' }],
    ['client', 'claude', { 'tool echo': undefined }],
    ['principal', 'key:*', { 'model x': 'principal key:*: why' }],
    ['tool', 'write_*', { 'tool write_file': 'tool write_*: why', 'tool read_file': undefined, 'prompt write_file': undefined }],
    [
      'upstream',
      'github',
      {
        'tool github__push': 'upstream github: why',
        'prompt github__review': 'upstream github: why',
        'resource github__a://b/c': 'upstream github: why',
        'tool github': undefined,
        'tool githubx__a': undefined,
      },
    ],
    ['provider', 'openai', { 'model openai/gpt/x': 'provider openai: why', 'model anthropic/x': undefined, 'tool openai/x': undefined }],
  ] as const)('%s %s', async (scope, name, expected) => {
    await turnOff(scope, name);
    for (const [target, reason] of Object.entries(expected)) {
      const [kind = '', short = ''] = target.split(' ');
      expect(check(kind, short), target).toBe(reason);
    }
  });

  // @requirement L2.a
  it('acts within 200 ms of a change, and not by looking at the file each time', async () => {
    expect(check('tool', 'echo')).toBeUndefined();
    const entry = await turnOff('tool', 'echo');
    nowMs = 199;
    expect(check('tool', 'echo')).toBeUndefined();
    nowMs = 200;
    expect(check('tool', 'echo')).toBe('tool echo: why');
    expect(await removeKillEntry(path, entry.id)).toBe(true);
    expect(await removeKillEntry(path, entry.id)).toBe(false);
    later();
    expect(check('tool', 'echo')).toBeUndefined();
  });

  it('sees a file removed', async () => {
    await turnOff('all', '');
    expect(check('tool', 'echo')).toBeDefined();
    rmSync(path);
    later();
    expect(check('tool', 'echo')).toBeUndefined();
  });

  it('switches everything off when its file cannot be used, and recovers', async () => {
    const unusable: readonly (readonly [name: string, spoil: () => void])[] = [
      ['no JSON', () => writeFileSync(path, '{"entries": [')],
      ['empty', () => writeFileSync(path, '')],
      ['another shape', () => writeFileSync(path, '[]')],
      ['an entry of another shape', () => writeFileSync(path, '{"entries":[{"id":"a"}]}')],
      ['an unknown scope', () => writeFileSync(path, '{"entries":[{"id":"a","scope":"model","name":"x","reason":"r","at":1}]}')],
      ['a bad pattern', () => writeFileSync(path, '{"entries":[{"id":"a","scope":"tool","name":"{a,b}","reason":"r","at":1}]}')],
      ['too large', () => writeFileSync(path, ' '.repeat(2_000_000))],
      [
        'writable by everybody',
        () => {
          writeFileSync(path, '{"entries":[]}');
          chmodSync(path, 0o602);
        },
      ],
      [
        'a folder',
        () => {
          rmSync(path, { force: true });
          mkdirSync(path);
        },
      ],
    ];
    for (const [name, spoil] of unusable) {
      spoil();
      later();
      expect(check('tool', 'echo'), name).toMatch(/^everything: /);
      expect(check('tool', 'echo'), name).not.toContain(folder);
      later();
      expect(check('tool', 'echo'), name).toMatch(/^everything: /);
    }
    rmSync(path, { recursive: true });
    await clearKillFile(path);
    later();
    expect(check('tool', 'echo')).toBeUndefined();
  });
});

describe('the file of the kill switch', () => {
  it('is 0600 and says who is off since when and why', async () => {
    const entry = await turnOff('tool', 'echo', '  broken\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ entries: [entry] });
    expect(entry).toEqual({ id: expect.stringMatching(/^[0-9a-f]{12}$/), scope: 'tool', name: 'echo', reason: 'broken', at: 1_000_000 });
    expect((await turnOff('all', 'ignored', '')).reason).toBe('no reason given');
  });

  it('loses no entry when several are set at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => turnOff('tool', `tool-${index}`)));
    expect(readKillFile(path).length).toBe(20);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is not held up by the lock of a process that died', async () => {
    writeFileSync(`${path}.lock`, '');
    utimesSync(`${path}.lock`, 900, 900);
    await turnOff('tool', 'echo');
    expect(readKillFile(path).length).toBe(1);
  });

  it('refuses a name that is no pattern, and one entry too many', async () => {
    for (const name of ['', '[a]']) await expect(turnOff('tool', name)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    writeFileSync(
      path,
      JSON.stringify({ entries: Array.from({ length: 1_000 }, (_, index) => ({ id: `${index}`, scope: 'tool', name: 'x', reason: 'r', at: 1 })) }),
      { mode: 0o600 },
    );
    await expect(turnOff('tool', 'y')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });

  it('that is damaged is not written over by accident', async () => {
    writeFileSync(path, 'damaged', { mode: 0o600 });
    await expect(turnOff('tool', 'echo')).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    await expect(removeKillEntry(path, 'x')).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('damaged');
  });

  it('in a folder that is missing fails typed', async () => {
    await expect(addKillEntry(join(folder, 'none', 'kill-switch.json'), { scope: 'all', name: '', reason: '' }, clock)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
  });
});
