import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, getApp } from '../../../src/app/app.ts';
import { createAttachServer } from '../../../src/app/attach.ts';
import { announceServing, findServing, readServing, withdrawServing } from '../../../src/app/serving.ts';
import { homePaths } from '../../../src/config/home.ts';
import { AppError } from '../../../src/core/errors.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sy-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const URL = 'http://127.0.0.1:8000';

describe('the address of a running gateway', () => {
  it('is found while its process lives and its socket is answered, and by nobody else', async () => {
    const home = homePaths(root);
    announceServing(home, URL);
    expect(statSync(home.serving).mode & 0o777).toBe(0o600);
    expect(readServing(home)).toEqual({ pid: process.pid, url: URL });
    // Nobody answers: the file alone must not send a key anywhere.
    expect(await findServing(home)).toBeUndefined();
    const server = createAttachServer(home.socket, (stream) => stream.end());
    await server.start();
    expect(await findServing(home)).toEqual({ pid: process.pid, url: URL });
    writeFileSync(home.serving, JSON.stringify({ pid: 4_194_304, url: URL }));
    expect(await findServing(home)).toBeUndefined();
    await server.stop();
  });

  it('is withdrawn by its own process only', () => {
    const home = homePaths(root);
    announceServing(home, URL);
    writeFileSync(home.serving, JSON.stringify({ pid: 1, url: URL }));
    withdrawServing(home);
    expect(readServing(home)).toEqual({ pid: 1, url: URL });
    announceServing(home, URL);
    withdrawServing(home);
    expect(readServing(home)).toBeUndefined();
  });

  it.each(['', 'null', '[]', '{"pid": "1", "url": "x"}', '{"pid": 1}'])('is not believed when it reads %j', (text) => {
    const home = homePaths(root);
    announceServing(home, URL);
    writeFileSync(home.serving, text);
    expect(readServing(home)).toBeUndefined();
  });
});

describe('an app that was not started', () => {
  it('refuses everything with NOT_RUNNING, and stopping it is no error', async () => {
    const app = createApp({ home: join(root, 'home') });
    for (const use of [() => app.runner, () => app.targets, () => app.endpoints()]) expect(use).toThrow(expect.objectContaining({ code: 'NOT_RUNNING' }));
    await expect(app.reload()).rejects.toSatisfy(AppError.is);
    await app.stop();
    expect([app.state().phase, getApp()]).toEqual(['stopped', undefined]);
    expect(() => statSync(join(root, 'home'))).toThrow('ENOENT');
  });
});
