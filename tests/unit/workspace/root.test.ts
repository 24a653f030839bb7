import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = createFixture();
});
afterEach(() => fixture[Symbol.dispose]());

const unavailable = (message: RegExp): object => ({
  code: 'WORKSPACE_UNAVAILABLE',
  message: expect.stringMatching(message) as unknown,
  fix: expect.stringMatching(/./) as unknown,
});

describe('S2: folders that must not be served', () => {
  it.each(['pinned', 'rechecked'] as const)('the root of the file system (%s)', async (mechanism) => {
    await expect(fixture.open({ root: '/', mechanism }).check()).rejects.toMatchObject(unavailable(/root of the file system/));
  });

  it('S2.a: the home folder of the user, and what contains it', async () => {
    await expect(fixture.open({ root: homedir() }).list('.', { isRecursive: false, maxItems: 1 })).rejects.toMatchObject(unavailable(/home folder/));
    await expect(fixture.open({ userHome: join(fixture.root, 'people', 'me') }).check()).rejects.toMatchObject(unavailable(/home folder/));
    await expect(fixture.open({ userHome: join(fixture.base, 'me') }).check()).resolves.toBeUndefined();
  });

  it('S2.a: a folder that contains the state of the gateway, existing or not', async () => {
    await expect(fixture.open({ root: fixture.base }).check()).rejects.toMatchObject(unavailable(/own state/));
    await expect(fixture.open({ root: fixture.home }).check()).rejects.toMatchObject(unavailable(/own state/));
    await expect(fixture.open({ home: join(fixture.root, 'not', 'yet') }).check()).rejects.toMatchObject(unavailable(/own state/));
  });

  it('a link does not disguise them', async () => {
    const link = join(fixture.base, 'outside', 'innocent');
    symlinkSync(fixture.base, link);
    await expect(fixture.open({ root: link }).check()).rejects.toMatchObject(unavailable(/own state/));
    await expect(fixture.open({ root: join(link, 'home') }).check()).rejects.toMatchObject(unavailable(/own state/));
  });

  it('inside the state only the folder `workspace` is served', async () => {
    for (const name of ['workspace', 'keys']) mkdirSync(join(fixture.home, name, 'a'), { recursive: true });
    for (const name of ['keys', 'keys/a'])
      await expect(fixture.open({ root: join(fixture.home, name) }).check()).rejects.toMatchObject(unavailable(/inside the gateway/));
    for (const name of ['workspace', 'workspace/a']) await expect(fixture.open({ root: join(fixture.home, name) }).check()).resolves.toBeUndefined();
  });

  it('a missing root or a file says what to do, and works once the folder is there', async () => {
    const root = join(fixture.base, 'later');
    const workspace = fixture.open({ root });
    await expect(workspace.read('a')).rejects.toMatchObject(unavailable(/does not exist/));
    writeFileSync(root, 'a file');
    await expect(workspace.check()).rejects.toMatchObject(unavailable(/not a folder/));
    rmSync(root);
    mkdirSync(root);
    await expect(workspace.check()).resolves.toBeUndefined();
  });

  it('a root that is replaced by a refused folder is refused from then on', async () => {
    const root = join(fixture.base, 'outside', 'moving');
    mkdirSync(root);
    const workspace = fixture.open({ root });
    await workspace.check();
    rmSync(root, { recursive: true });
    symlinkSync(dirname(fixture.home), root);
    await expect(workspace.check()).rejects.toMatchObject(unavailable(/own state/));
  });

  it('no message names a path of the machine', async () => {
    for (const root of ['/', homedir(), fixture.base, join(fixture.base, 'missing')]) {
      const error: unknown = await fixture
        .open({ root })
        .check()
        .catch((reason: unknown) => reason);
      expect(String(error)).not.toMatch(/\/(?:tmp|home|root|Users)/);
    }
  });
});
