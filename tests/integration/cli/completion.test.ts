import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeUser, type User } from './run.ts';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

const find = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

const shell = (program: string, args: readonly string[]): Promise<Ended> => runToEnd(args, { program, timeoutMs: 20_000 });

describe('completion', () => {
  it.each([
    [
      ['switchyard', ''],
      ['serve', 'tools', 'doctor', '--json'],
    ],
    [
      ['switchyard', 'tools', ''],
      ['ls', 'call', 'why'],
    ],
    [
      ['switchyard', 'tools', 'why', 'ping', '--'],
      ['--as', '--input'],
    ],
    [
      ['switchyard', 'kill', 'o'],
      ['on', 'off'],
    ],
  ])('C1.f bash completes %j', async (words, expected) => {
    const bash = find('bash');
    if (bash === undefined) throw new Error('bash is everywhere');
    const script = join(user.folder, 'completion.bash');
    writeFileSync(script, (await user.run('completion', 'bash')).stdout);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const { stdout, stderr } = await shell(bash, [
      '--norc',
      '-c',
      `set -e; source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _switchyard; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(expected));
  });

  it.for(['zsh', 'fish'])('C1.f %s takes its script', async (name, { skip }) => {
    const program = find(name);
    const script = join(user.folder, `completion.${name}`);
    const { stdout, code } = await user.run('completion', name);
    expect([code, stdout]).toMatchObject([0, expect.stringContaining('tools')]);
    if (program === undefined) return skip(`${name} is not installed`);
    writeFileSync(script, stdout);
    const start = name === 'zsh' ? 'autoload -Uz compinit && compinit -D; ' : '';
    expect(await shell(program, ['-c', `${start}source '${script}'`])).toMatchObject({ code: 0, stderr: '' });
  });
});
