import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sandbox, SandboxDriver, SandboxJob, SandboxOutcome, SandboxRequest, SandboxStatus } from '../../../src/contracts/sandbox.ts';
import { DEFAULT_SANDBOX, type SandboxConfig } from '../../../src/contracts/sandbox-config.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { createWorkspace } from '../../../src/workspace/workspace.ts';

const home = mkdtempSync(join(tmpdir(), 'sandbox-unit-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const DONE: SandboxOutcome = { stdout: '', stderr: '', result: null, exitCode: 0, limitsHit: [], durationMs: 1 };
const ALL: SandboxStatus['languages'] = ['python', 'node', 'bash'];

type Probe = Awaited<ReturnType<SandboxDriver['probe']>>;
const usable = (languages: SandboxStatus['languages'] = ALL): Probe => ({ isUsable: true, status: { detail: 'good.', fix: null, languages, limitsBy: [] } });
const broken: Probe = { isUsable: false, why: 'it is broken.', fix: 'Mend it.' };

interface Trial {
  readonly sandbox: Sandbox;
  readonly jobs: SandboxJob[];
  config: SandboxConfig;
  now: number;
  probes: number;
}

/** Drivers that run the function instead of code. */
function trial(
  levels: readonly (readonly [SandboxDriver['level'], () => Probe])[],
  run: (job: SandboxJob) => Promise<SandboxOutcome> | SandboxOutcome = () => DONE,
): Trial {
  const jobs: SandboxJob[] = [];
  const made: Omit<Trial, 'sandbox'> = { jobs, config: DEFAULT_SANDBOX, now: 0, probes: 0 };
  const drivers = levels.map(
    ([level, probe]): SandboxDriver => ({
      level,
      probe: () => {
        made.probes += 1;
        return Promise.resolve(probe());
      },
      run: async (job) => {
        jobs.push(job);
        return await run(job);
      },
      close: () => Promise.resolve(),
    }),
  );
  const sandbox = createSandbox({
    config: () => made.config,
    clock: { monotonic: () => made.now },
    folder: join(home, 'scratch'),
    workspaceAt: (folder) => createWorkspace({ root: folder, home, userHome: undefined }),
    drivers: () => Promise.resolve(drivers),
    maxEntries: 500,
  });
  return Object.assign(made, { sandbox });
}

let owners = 0;
const request = (more: Partial<SandboxRequest> = {}): SandboxRequest => ({
  program: { kind: 'code', language: 'python', code: 'x' },
  owner: `owner-${(owners += 1)}`,
  timeoutMs: 1000,
  files: [],
  signal: AbortSignal.timeout(60_000),
  ...more,
});
const codeOf = async (run: Promise<unknown>): Promise<string> =>
  await run.then(
    () => 'ok',
    (error: unknown) => (AppError.is(error) ? `${error.code}: ${error.message} | ${error.fix}` : String(error)),
  );

describe('the level', () => {
  it('S1.a: is the strongest that passes its self-test, then the next, then none', async () => {
    expect(
      await trial([
        ['native', usable],
        ['wasm', usable],
      ]).sandbox.status(),
    ).toMatchObject({ level: 'native', detail: 'good.' });
    expect(
      await trial([
        ['native', () => broken],
        ['wasm', usable],
      ]).sandbox.status(),
    ).toMatchObject({ level: 'wasm', detail: 'good. Not native: it is broken.', fix: 'Mend it.' });
    const none = trial([
      ['native', () => broken],
      ['wasm', () => broken],
    ]);
    expect(await none.sandbox.status()).toMatchObject({ level: 'none', languages: [] });
    expect(await codeOf(none.sandbox.run(request()))).toMatch(
      /^SANDBOX_UNAVAILABLE: .*not native: it is broken. not wasm: it is broken. \| Mend it. Or: Mend it./,
    );
    expect(none.jobs).toEqual([]);
  });

  it('S1.a: is what the configuration asks for, or none: another one never steps in', async () => {
    const only = trial([
      ['native', () => broken],
      ['wasm', usable],
    ]);
    only.config = { ...DEFAULT_SANDBOX, level: 'native' };
    expect(await only.sandbox.status()).toMatchObject({ level: 'none' });
    only.config = { ...DEFAULT_SANDBOX, level: 'wasm' };
    expect(await only.sandbox.status()).toMatchObject({ level: 'wasm' });
    only.config = { ...DEFAULT_SANDBOX, level: 'off' };
    expect(await codeOf(only.sandbox.run(request()))).toMatch(/^SANDBOX_UNAVAILABLE: Switched off/);
  });

  it('S1.b: is found by one self-test; one that failed is tried again a minute later', async () => {
    let isMended = false;
    const made = trial([['native', () => (isMended ? usable() : broken)]]);
    await Promise.all([made.sandbox.status(), made.sandbox.status()]);
    await made.sandbox.status();
    expect(made.probes).toBeLessThanOrEqual(2);
    const before = made.probes;
    isMended = true;
    expect(await made.sandbox.status()).toMatchObject({ level: 'none' });
    made.now = 60_001;
    expect(await made.sandbox.status()).toMatchObject({ level: 'native' });
    await made.sandbox.status();
    expect(made.probes).toBe(before + 1);
  });

  it('T9.b: a language that it does not have is refused with the level and the reason', async () => {
    const made = trial([
      ['native', () => broken],
      ['wasm', () => usable(['python'])],
    ]);
    for (const language of ['node', 'bash'] as const) {
      expect(await codeOf(made.sandbox.run(request({ program: { kind: 'code', language, code: 'x' } })))).toMatch(
        /^SANDBOX_UNAVAILABLE: Code in (?:node|bash) is not available at the level wasm. good. Not native: it is broken. \| Mend it./,
      );
    }
    expect(await codeOf(made.sandbox.run(request({ program: { kind: 'command', argv: ['true'] } })))).toMatch(
      /^SANDBOX_UNAVAILABLE: Programs are not available at the level wasm/,
    );
    expect(await codeOf(made.sandbox.run(request()))).toBe('ok');
  });
});

describe('the scratch folder', () => {
  it('S2.c: is one for each caller; files go in, and what a run leaves is named, without links', async () => {
    const made = trial([['native', usable]], ({ folder }) => {
      writeFileSync(join(folder, 'new.txt'), 'abc');
      writeFileSync(join(folder, 'old.txt'), 'changed');
      mkdirSync(join(folder, 'sub'), { recursive: true });
      writeFileSync(join(folder, 'sub/b'), '');
      symlinkSync('/etc/passwd', join(folder, 'link'));
      return DONE;
    });
    const files = ['old.txt', 'same.txt', 'deep/in.txt'].map((path) => ({ path, bytes: Buffer.from('x') }));
    const { filesWritten } = await made.sandbox.run(request({ owner: 'a', files }));
    expect(filesWritten).toEqual([
      { path: 'new.txt', size: 3 },
      { path: 'old.txt', size: 7 },
      { path: 'sub/b', size: 0 },
    ]);
    expect(made.sandbox.scratchOf('a')).toBe(made.jobs[0]?.folder);
    expect(made.sandbox.scratchOf('b')).not.toBe(made.sandbox.scratchOf('a'));
    expect(readFileSync(join(made.sandbox.scratchOf('a'), 'deep/in.txt'), 'utf8')).toBe('x');
  });

  it.each(['../out', '/etc/passwd', 'a/../../out', 'link/x'])('S2.c: takes no file that would land elsewhere: %s', async (path) => {
    const made = trial([['native', usable]]);
    symlinkSync(home, join(made.sandbox.scratchOf('links'), 'link'), 'dir');
    expect(await codeOf(made.sandbox.run(request({ owner: 'links', files: [{ path, bytes: Buffer.from('x') }] })))).toMatch(/^PATH_OUTSIDE/);
    rmSync(join(made.sandbox.scratchOf('links'), 'link'));
    expect(existsSync(join(home, 'x')) || existsSync(join(home, 'scratch/out'))).toBe(false);
  });

  it('S2.e: is measured: files beyond the quota are refused, and what a run wrote beyond it is taken away', async () => {
    const made = trial([['native', usable]], ({ folder }) => {
      writeFileSync(join(folder, 'big'), Buffer.alloc(3 * 1_048_576, 1));
      return DONE;
    });
    made.config = { ...DEFAULT_SANDBOX, diskBytes: 1_048_576 };
    const files = [{ path: 'kept', bytes: Buffer.from('x') }];
    expect(await made.sandbox.run(request({ owner: 'quota', files }))).toMatchObject({ limitsHit: ['disk'], filesWritten: [] });
    expect(existsSync(join(made.sandbox.scratchOf('quota'), 'kept'))).toBe(true);
    expect(existsSync(join(made.sandbox.scratchOf('quota'), 'big'))).toBe(false);
    expect(await codeOf(made.sandbox.run(request({ owner: 'quota', files: [{ path: 'x', bytes: Buffer.alloc(2 * 1_048_576) }] })))).toMatch(/^STORAGE_FULL/);
  });

  it('S2.e: a folder with more entries than can be counted is full, whatever they hold', async () => {
    const made = trial([['native', usable]], ({ folder }) => {
      mkdirSync(join(folder, 'many'));
      for (let index = 0; index < 550; index += 1) mkdirSync(join(folder, 'many', String(index)));
      return DONE;
    });
    expect(await made.sandbox.run(request({ owner: 'many' }))).toMatchObject({ limitsHit: ['disk'] });
    expect(existsSync(join(made.sandbox.scratchOf('many'), 'many'))).toBe(false);
  });
});

describe('turns', () => {
  it('runs of one caller come one after the other, those of several at once, and more than the queue holds are refused', async () => {
    const ends: (() => void)[] = [];
    const made = trial([['native', usable]], () => new Promise((resolve) => ends.push(() => resolve(DONE))));
    made.config = { ...DEFAULT_SANDBOX, concurrency: 2, queue: 2 };
    const start = (owner: string, signal = AbortSignal.timeout(60_000)): Promise<string> => codeOf(made.sandbox.run(request({ owner, signal })));
    // Waits until so many runs have begun, and a moment longer, in which no other may begin.
    const begun = async (count: number): Promise<void> => {
      for (const deadline = performance.now() + 5000; made.jobs.length < count && performance.now() < deadline; )
        await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const leaving = new AbortController();
    const first = [start('t1')];
    await begun(1);
    first.push(start('t1'), start('t2'));
    await begun(2);
    expect(made.jobs.map(({ owner }) => owner)).toEqual(['t1', 't2']);
    const third = start('t3', leaving.signal);
    await begun(2);
    expect(await start('t4')).toMatch(/^OVERLOADED/);
    leaving.abort(new AppError('CANCELLED'));
    expect(await third).toMatch(/^CANCELLED/);
    ends[0]?.();
    await begun(3);
    expect(made.jobs.map(({ owner }) => owner)).toEqual(['t1', 't2', 't1']);
    for (const end of ends) end();
    expect(await Promise.all(first)).toEqual(['ok', 'ok', 'ok']);
  });
});

it('a violation that cannot be recorded fails the call', async () => {
  const made = trial([['native', usable]], () => ({ ...DONE, limitsHit: ['time'] }));
  expect(await codeOf(made.sandbox.run(request({ onViolation: () => Promise.reject(new AppError('AUDIT_UNAVAILABLE')) })))).toMatch(/^AUDIT_UNAVAILABLE/);
});
