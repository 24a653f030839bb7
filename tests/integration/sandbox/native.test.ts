import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { createNativeDriver } from '../../../src/sandbox/native/native-driver.ts';
import { DEFAULT_SANDBOX } from '../../../src/contracts/sandbox-config.ts';
import { type NativeTrial, nativeTrial, noNative, processesWith } from '../../helpers/native-sandbox.ts';
import { until } from '../../helpers/until.ts';

const missing = await noNative();
let native: NativeTrial;
/** As on a machine where no control groups can be made. */
let measured: NativeTrial;
beforeAll(() => {
  native = nativeTrial();
  measured = nativeTrial({ groups: null });
});
afterAll(async () => {
  await native.close();
  await measured.close();
});

describe.skipIf(missing !== undefined)(`the native level ${missing ?? ''}`, () => {
  it('T8.a: gives back output, the value of the last expression and the exit code', async () => {
    expect(await native.run('python', 'import sys\nprint("out")\nprint("err", file=sys.stderr)\n{"a": [1, None]}')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      result: '{"a": [1, null]}',
      exitCode: 0,
      limitsHit: [],
    });
    expect(await native.run('python', 'x = object')).toMatchObject({ result: null, exitCode: 0 });
    expect(await native.run('python', '{1}')).toMatchObject({ result: '"{1}"' });
    expect(await native.run('python', 'raise SystemExit(7)')).toMatchObject({ exitCode: 7 });
    const { stderr, exitCode } = await native.run('python', 'def f():\n  1/0\nf()');
    expect(stderr).toBe(
      'Traceback (most recent call last):\n  File "/run/code/main.py", line 3, in <module>\n    f()\n  File "/run/code/main.py", line 2, in f\n    1/0\n    ~^~\nZeroDivisionError: division by zero\n',
    );
    expect(exitCode).toBe(1);
  });

  it('T9.a: runs Node, both kinds of modules, and bash', async () => {
    expect(await native.run('node', 'const { sep } = require("node:path"); console.log(sep, process.versions.node.split(".").length)')).toMatchObject({
      stdout: '/ 3\n',
      exitCode: 0,
    });
    expect(await native.run('node', 'import { sep } from "node:path"; console.log(await Promise.resolve(sep))')).toMatchObject({ stdout: '/\n', exitCode: 0 });
    expect(await native.run('bash', 'echo "$HOME"; exit 3')).toMatchObject({ stdout: '/work\n', exitCode: 3 });
  });

  it('T9.c: runs a program with its arguments as they are', async () => {
    expect(await native.command(['printf', '%s|', 'a b', '$(id)', '; true', ''])).toMatchObject({ stdout: 'a b|$(id)|; true||', exitCode: 0 });
    expect(await native.command(['no-such-program'])).toMatchObject({ exitCode: 127 });
  });

  it('T9.b: a language without an interpreter is refused with the fix', async () => {
    const none = nativeTrial({ config: { interpreters: { python: '/no/such/python3', node: null, bash: null } } });
    await expect(none.run('python', '1')).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      fix: expect.stringContaining('sandbox.interpreters.python') as string,
    });
    await none.close();
  });

  it('files in the folder stay, and belong to who runs the code', async () => {
    writeFileSync(join(native.folder, 'in.txt'), 'hello');
    expect(await native.run('python', 'open("out.txt", "w").write(open("in.txt").read().upper())')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(native.folder, 'out.txt'), 'utf8')).toBe('HELLO');
  });

  it('S1.k: code is never root, has no rights, and gets no variable of the gateway', async () => {
    const { result } = await native.run(
      'python',
      'import os\nstatus = open("/proc/self/status").read()\n[os.getuid(), [l for l in status.split("\\n") if l.startswith(("CapEff", "CapPrm", "NoNewPrivs", "Seccomp:"))], sorted(os.environ)]',
    );
    const [uid, status, env] = JSON.parse(result ?? '') as [number, string[], string[]];
    expect(uid).not.toBe(0);
    expect(status.map((line) => line.split('\t')[1])).toEqual(['0000000000000000', '0000000000000000', '1', '2']);
    expect(env).toEqual(['HOME', 'LANG', 'OLDPWD', 'PATH', 'PWD', 'SHLVL', 'TERM', 'TMPDIR']);
    if (process.getuid?.() === 0) expect(statSync(native.folder).uid).toBeGreaterThan(2_000_000_000);
  });

  it('no descriptor of the gateway is open inside', async () => {
    const { result } = await native.run('python', 'import os\nsorted(os.listdir("/proc/self/fd"))');
    expect(JSON.parse(result ?? '')).toEqual(['0', '1', '2', '3', '7']);
    expect((await native.run('bash', 'ls /proc/$$/fd')).stdout.split('\n').filter((fd) => fd !== '' && fd !== '255')).toEqual(['0', '1', '2']);
  });

  it('reads a folder only where the operator has listed it', async () => {
    const extra = mkdtempSync(join(tmpdir(), 'readable-'));
    writeFileSync(join(extra, 'data'), 'yes');
    const code = `cat ${extra}/data; (echo x > ${extra}/new) 2>/dev/null || echo kept`;
    const { chmodSync } = await import('node:fs');
    chmodSync(extra, 0o755);
    expect((await native.run('bash', code, { readable: [extra] })).stdout).toBe('yeskept\n');
    expect((await native.run('bash', code)).stdout).toBe('kept\n');
    rmSync(extra, { recursive: true });
  });
});

describe.skipIf(missing !== undefined)('limits', () => {
  it('S1.f: a run beyond its time gets SIGTERM, and two seconds later SIGKILL', async () => {
    const polite =
      'import signal, sys, time\ndef end(*_):\n  print("bye", flush=True)\n  sys.exit(0)\nsignal.signal(signal.SIGTERM, end)\nprint("up", flush=True)\nwhile True: time.sleep(0.05)';
    expect(await native.run('python', polite, { timeoutMs: 700 })).toMatchObject({ stdout: 'up\nbye\n', limitsHit: ['time'], exitCode: null });
    const stubborn = await native.run('python', 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(0.05)', {
      timeoutMs: 500,
    });
    expect(stubborn).toMatchObject({ limitsHit: ['time'], exitCode: null });
    expect(stubborn.durationMs).toBeGreaterThan(2400);
    expect(stubborn.durationMs).toBeLessThan(6000);
  });

  it.each(['native', 'measured'] as const)(
    'S1.c: memory beyond the bound is refused, or ends the run (%s)',
    async (which) => {
      const trial = which === 'native' ? native : measured;
      const bomb = await trial.run('python', 'keep = []\nwhile True: keep.append(bytearray(8_000_000))', { memoryBytes: 128 * 1_048_576 });
      expect(bomb.limitsHit).toEqual(['memory']);
      expect(bomb.exitCode).not.toBe(0);
      const many = await trial.run(
        'python',
        'import os, time\nfor _ in range(4):\n  if os.fork() == 0:\n    keep = bytearray(70_000_000)\n    time.sleep(3)\n    os._exit(0)\ntime.sleep(3)',
        { memoryBytes: 160 * 1_048_576, timeoutMs: 6000 },
      );
      expect(many.limitsHit).toEqual(['memory']);
      const node = await trial.run('node', 'const keep = []; for (;;) keep.push(new Array(100_000).fill(keep.length));', { memoryBytes: 160 * 1_048_576 });
      expect(node.limitsHit).toEqual(['memory']);
    },
    30_000,
  );

  it.each(['native', 'measured'] as const)('S1.d: a fork bomb gets no more than five processes (%s)', async (which) => {
    const trial = which === 'native' ? native : measured;
    const count =
      'import os, time\nmade = 1\nwhile made < 60:\n  try:\n    if os.fork() == 0:\n      time.sleep(2)\n      os._exit(0)\n    made += 1\n  except OSError as error:\n    print(error.errno, flush=True)\n    break\nmade';
    expect(await trial.run('python', count)).toMatchObject({ result: '5', stdout: '11\n' });
    const bomb = await trial.run('bash', ':() { : | : & }; :; sleep 1', { timeoutMs: 1000 });
    expect(bomb.limitsHit).toContain('processes');
    expect(processesWith('/run/code/main.sh')).toEqual([]);
  });

  it('S1.e: no file, and no sum of files, grows beyond the disk', async () => {
    const diskBytes = 4 * 1_048_576;
    const one = await native.run('python', 'with open("one", "wb") as f:\n  while True: f.write(b"x" * 1_000_000)', { diskBytes });
    expect(one.limitsHit).toEqual(['disk']);
    expect(statSync(join(native.folder, 'one')).size).toBeLessThanOrEqual(diskBytes);
    rmSync(join(native.folder, 'one'));
    const many = await native.run('python', 'import time\nn = 0\nwhile True:\n  open(f"part{n}", "wb").write(b"x" * 1_000_000)\n  n += 1\n  time.sleep(0.05)', {
      diskBytes,
    });
    expect(many).toMatchObject({ limitsHit: ['disk'], exitCode: null });
    for (const name of readdirSync(native.folder).filter((entry) => entry.startsWith('part'))) rmSync(join(native.folder, name));
    const temporary = await native.run('bash', 'for n in 1 2 3 4 5 6 7 8 9; do head -c 20000000 /dev/zero > /tmp/$n || break; done; du -sm /tmp | cut -f1');
    expect(Number(temporary.stdout)).toBeLessThan(70);
  });

  it('S1.i: output beyond the cap is cut, and one without end ends the run', async () => {
    const cut = await native.run('python', 'print("x" * 5000)', { maxOutputBytes: 1024 });
    expect([cut.stdout.length, cut.limitsHit, cut.exitCode]).toEqual([1024, ['output'], 0]);
    const endless = await native.run('python', 'while True: print("x" * 10_000)', { maxOutputBytes: 65_536 });
    expect([endless.stdout.length, endless.limitsHit, endless.exitCode]).toEqual([65_536, ['output'], null]);
    expect(endless.durationMs).toBeLessThan(5000);
  });

  it('S1.g: a run that calculates gets its share of a core, by a control group and without one', async () => {
    const spin = 'import time\nend = time.monotonic() + 4\nwhile time.monotonic() < end: pass\ntime.process_time()';
    // Beside each other, as users of their own: each takes four seconds, most of which it is held.
    const runs = [native.run('python', spin, { cpuShare: 0.25 }), measured.run('python', spin, { cpuShare: 0.25, owner: 'another' })];
    const [grouped = Number.NaN, alone = Number.NaN] = (await Promise.all(runs)).map(({ result }) => Number(result));
    expect(grouped).toBeGreaterThan(0.3);
    expect(grouped).toBeLessThan(1.6);
    expect(alone).toBeGreaterThan(0.3);
    expect(alone).toBeLessThan(2.6);
  }, 30_000);
});

describe.skipIf(missing !== undefined)('the end of a run', () => {
  it('S1.l: leaves no process, also of programs that detach themselves', async () => {
    const mark = `mark-${process.pid}-${Date.now()}`;
    const { exitCode } = await native.run(
      'bash',
      `(setsid -f bash -c 'exec -a ${mark} sleep 50' </dev/null >/dev/null 2>&1); sleep 0.3; pgrep -f ${mark} >/dev/null`,
    );
    expect(exitCode).toBe(0);
    expect(processesWith(mark)).toEqual([]);
  });

  it('S1.l: comes at once when the caller goes away, and when the driver closes', async () => {
    const leaving = new AbortController();
    const left = native.run('bash', 'sleep 51', { signal: leaving.signal });
    await until(() => processesWith('sleep\0' + '51').length > 0, 'it runs');
    leaving.abort(new AppError('CANCELLED'));
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(processesWith('sleep\0' + '51')).toEqual([]);
    const closing = nativeTrial();
    const stopped = closing.run('bash', 'sleep 52');
    const ended = expect(stopped).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await until(() => processesWith('sleep\0' + '52').length > 0, 'it runs');
    await closing.close();
    await ended;
    expect(processesWith('sleep\0' + '52')).toEqual([]);
  });

  it('S1.l: leaves no control group', async () => {
    await native.run('bash', 'true');
    for (const place of ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/cpu', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/switchyard'].filter((path) =>
      existsSync(path),
    )) {
      expect(readdirSync(place).filter((name) => name.startsWith(`switchyard-${process.pid}-`))).toEqual([]);
    }
  });
});

describe('what cannot be used', () => {
  it('S1.a: is said with the fix, and nothing is run', async () => {
    const driver = createNativeDriver({ config: () => DEFAULT_SANDBOX, bwrap: '/no/such/bwrap' });
    expect(await driver.probe()).toMatchObject({ isUsable: false, why: expect.stringContaining('cannot set it up') as string });
    const folder = mkdtempSync(join(tmpdir(), 'unusable-'));
    const program = { kind: 'code', language: 'bash', code: `touch ${folder}/effect` } as const;
    const limits = { timeoutMs: 1000, memoryBytes: 1e9, processes: 5, diskBytes: 1e9, cpuShare: 1, maxOutputBytes: 1000 };
    await expect(driver.run({ program, folder, owner: 'x', limits, readable: [], signal: AbortSignal.timeout(5000) })).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('S1.b: a fence that lets something through is found by the self-test', async ({ skip }) => {
    skip(process.platform !== 'linux', 'needs Linux');
    // A program that starts what it is told without any fence stands in for a broken bubblewrap.
    const folder = mkdtempSync(join(tmpdir(), 'holes-'));
    const fake = join(folder, 'bwrap');
    writeFileSync(fake, '#!/bin/bash\nprintf \'"child-pid": %s\' $$ >&4; read -r -n 1 <&5; code=$(cat <&6)\ncd /tmp; printf S >&7; exec bash -c "$code"\n', {
      mode: 0o755,
    });
    const driver = createNativeDriver({ config: () => DEFAULT_SANDBOX, bwrap: fake, groups: null });
    const found = await driver.probe();
    await driver.close();
    expect(found).toMatchObject({ isUsable: false });
    expect(found.isUsable ? '' : found.why).toMatch(/accounts of the machine can be read.*network of the machine can be reached.*no filter of system calls/);
    rmSync(folder, { recursive: true });
  });
});
