/** Servers that ignore the end of their input, and a gateway that is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { processBirth } from '../../../src/core/process-identity.ts';
import { GUARDIAN_SCRIPT } from '../../../src/upstreams/connection/stdio/guardian.ts';
import { root } from '../../../tools/paths.ts';
import { cleanEnv } from '../../helpers/gateway.ts';
import { bad } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const folders: string[] = [];
const started: ChildProcess[] = [];
const strays = new Set<number>();

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

const commandOf = (pid: number): string => (existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '');

afterAll(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const pid of strays) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  strays.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A gateway with a server that ignores the end of its input and SIGTERM, with a helper that does too. */
async function startWithStubborn(): Promise<{ readonly gateway: ChildProcess; readonly pids: readonly number[]; readonly guardians: readonly number[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-guardian-'));
  folders.push(folder);
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  const notes = join(folder, 'notes');
  writeFileSync(join(folder, 'switchyard.yaml'), JSON.stringify({ upstreams: { it: bad('stubborn', notes) } }));
  const gateway = spawn(process.execPath, [join(root, 'src/cli/main.ts'), 'stdio', '--config', join(folder, 'switchyard.yaml')], {
    cwd: folder,
    env: cleanEnv({ SWITCHYARD_HOME: join(folder, 'home') }),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  started.push(gateway);
  const read = (): number[] =>
    (existsSync(notes) ? readFileSync(notes, 'utf8') : '').split('\n').flatMap((line) => (/^(?:start|child) /.test(line) ? [Number(line.split(' ')[1])] : []));
  await until(() => read().length === 2, 'the server and its helper run', 20_000);
  // The system's list of children is not exact while some of them come and go.
  let guardians: readonly number[] = [];
  await until(
    () => {
      const children = readFileSync(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8').trim().split(' ').map(Number);
      guardians = children.filter((pid) => commandOf(pid).includes('switchyard-guardian'));
      return guardians.length > 0;
    },
    'the guardian runs',
    5000,
  );
  for (const pid of [...read(), ...guardians]) strays.add(pid);
  return { gateway, pids: read(), guardians };
}

// @requirement G1.m
// Each waits for seconds: together.
describe.runIf(process.platform === 'linux')('G1.m a gateway that is killed', { concurrent: true }, () => {
  it('leaves nothing of a server that ignores the end of its input and SIGTERM, nor its guardian', async ({ expect }) => {
    const { gateway, pids, guardians } = await startWithStubborn();
    expect(guardians).toHaveLength(1);
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    expect(pids.every(isAlive)).toBe(true);
    await until(() => !pids.some(isAlive), 'both have ended', 10_000);
    await until(() => !guardians.some(isAlive), 'the guardian has ended', 5000);
  });

  it('would leave them without the guardian: the control', async ({ expect }) => {
    const { gateway, pids, guardians } = await startWithStubborn();
    for (const pid of guardians) process.kill(pid, 'SIGKILL');
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    await new Promise((resolve) => setTimeout(resolve, 5500));
    expect(pids.every(isAlive)).toBe(true);
  });

  it('kills no process that got the number of a server: the birth must be the same', async ({ expect }) => {
    const sleeper = (): ChildProcess => {
      const child = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' });
      started.push(child);
      return child;
    };
    const [other, server, released] = [sleeper(), sleeper(), sleeper()];
    const birthOf = ({ pid = 0 }: ChildProcess): string => processBirth(pid)?.split(':').at(-1) ?? '';
    const shell = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'] });
    shell.stdin.write(`+ ${other.pid} 12345\n+ ${server.pid} ${birthOf(server)}\n+ ${released.pid} ${birthOf(released)}\n- ${released.pid}\n`);
    shell.stdin.end();
    await once(shell, 'exit');
    expect([other, server, released].map(({ pid = 0 }) => isAlive(pid))).toEqual([true, false, true]);
  });
});
