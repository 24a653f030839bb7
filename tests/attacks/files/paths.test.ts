/** S4, F8: paths that try to leave the workspace, hang it or fill it. */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { isObject } from '../../../src/core/json.ts';
import type { Mechanism } from '../../../src/workspace/folder.ts';
import { createWorkspace, type FileWorkspace } from '../../../src/workspace/workspace.ts';
import { countDescriptors } from '../../unit/workspace/fixture.ts';
import { CASES, type AttackCase } from './cases.ts';
import { CONTROLS } from './controls.ts';
import { CAP, createLandscape, SECRET, type Landscape } from './landscape.ts';

const WRITTEN = 'written by the attack';
/** What one refused attack may take; a hang takes for ever. */
const PATIENCE_MS = 2000;

async function outcome(work: Promise<unknown>): Promise<string> {
  const limit = new Promise<string>((resolve) => setTimeout(() => resolve('HANG'), PATIENCE_MS).unref());
  const ending = work.then(
    (value) => {
      expect(inspect(value, { depth: 5, maxStringLength: null })).not.toContain(SECRET);
      if (isObject(value) && value['bytes'] instanceof Buffer) expect(value['bytes'].includes(SECRET)).toBe(false);
      return 'ok';
    },
    (error: unknown) => {
      if (!AppError.is(error)) throw error;
      return error.code;
    },
  );
  return Promise.race([ending, limit]);
}

const ofMachine = (land: Landscape, path: string): string =>
  path.replaceAll('{root}', land.root).replaceAll('{outside}', land.outside).replaceAll('{base}', land.base).replaceAll('{pid}', String(process.pid));

describe.skipIf(process.platform !== 'linux').each(['pinned', 'rechecked'] as readonly Mechanism[])('S4: attacks on a %s workspace', (mechanism) => {
  let land: Landscape;
  let workspace: FileWorkspace;
  let before: string;
  beforeAll(async () => {
    land = await createLandscape();
    workspace = createWorkspace({ root: land.root, home: land.home, maxFileBytes: CAP, mechanism });
    before = land.fingerprint();
  });
  afterAll(() => land[Symbol.asyncDispose]());
  afterEach(() => {
    expect(land.fingerprint(), 'nothing outside has changed').toBe(before);
    expect(countDescriptors(land.base), 'no descriptor is left').toBe(0);
  });

  const attempt = async ({ path, read, write = read, list = read }: AttackCase): Promise<void> => {
    const place = ofMachine(land, path);
    expect(await outcome(workspace.read(place)), 'read').toBe(read);
    expect(await outcome(workspace.read(place, { offset: 0, limit: 100 })), 'read a part').toBe(read === 'FILE_TOO_LARGE' ? 'ok' : read);
    expect(await outcome(workspace.list(place, { isRecursive: true, maxItems: 1000 })), 'list').toBe(list);
    expect(await outcome(workspace.write(place, Buffer.from(WRITTEN), { createDirectories: true })), 'write').toBe(write);
  };

  // The two writes that succeed replace the sparse files: they come last, so that nobody misses them.
  for (const attack of CASES.toSorted((left, right) => Number(left.kind === 'huge') - Number(right.kind === 'huge'))) {
    it(`${attack.kind}: ${attack.name}`, async (context) => {
      if (attack.needsDevices && !land.hasDevices) context.skip('device files need root');
      await attempt(attack);
    });
  }

  it('the protected file is what it was, under its only name', () => {
    expect(readFileSync(join(land.root, 'private/key.txt'), 'utf8')).toBe('inside, but a rule protects it');
  });

  it('a listing of everything names the links and shows nothing behind them', async () => {
    const { items } = await workspace.list('.', { isRecursive: true, maxItems: 10_000 });
    expect(items.filter((item) => item.type === 'symlink').length).toBeGreaterThan(20);
    expect(items.every((item) => !/secret\.txt/.test(item.path) || item.path.split('/').every((name) => !/^(?:to-|chain|climb|up$)/.test(name)))).toBe(true);
    expect(readdirSync(land.outside).sort()).toEqual(['folder', 'secret.txt']);
  });
});

describe.skipIf(process.platform !== 'linux')('S4: a pipe with a writer that waits', () => {
  it('is not even opened: the writer goes on waiting (control: an open lets it go)', async () => {
    await using land = await createLandscape();
    const pipe = join(land.root, 'pipe');
    // Says "waiting", opens the pipe (waits there for a reader), and ends.
    const writer = spawn('sh', ['-c', 'echo waiting; echo x > "$1"', 'sh', pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    const end = new Promise<'gone'>((resolve) => writer.once('exit', () => resolve('gone')));
    const state = (): Promise<string> => Promise.race([end, new Promise<string>((resolve) => setTimeout(() => resolve('waits'), 200))]);
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    expect(await state()).toBe('waits');
    const workspace = createWorkspace({ root: land.root, home: land.home });
    expect(await outcome(workspace.read('pipe'))).toBe('PATH_WRONG_KIND');
    expect(await outcome(workspace.write('pipe', Buffer.from('x'), { createDirectories: false }))).toBe('PATH_WRONG_KIND');
    expect(await state()).toBe('waits');
    closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
    expect(await state()).toBe('gone');
  });
});

describe.skipIf(process.platform !== 'linux')('controls: without the guard each kind does its harm', () => {
  let land: Landscape;
  beforeAll(async () => {
    land = await createLandscape();
  });
  afterAll(() => land[Symbol.asyncDispose]());

  it.for([...new Set(CASES.map((attack) => attack.kind))])('%s', async (kind, context) => {
    const control = CONTROLS[kind];
    if (kind === 'device' && !land.hasDevices) context.skip('device files need root');
    expect(await control?.(land)).toBe(true);
  });

  // @requirement S4.a and S4.b: the attacks above are of every one of these kinds
  it('there are at least 60 attacks', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(60);
  });
});
