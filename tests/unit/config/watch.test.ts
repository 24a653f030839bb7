import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { watchConfig, type ConfigReload, type ConfigWatcher, type WatchOptions } from '../../../src/config/watch.ts';
import type { AppError } from '../../../src/core/errors.ts';

let root = '';
let file = '';
let watcher: ConfigWatcher | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-watch-'));
  file = join(root, 'switchyard.yaml');
});
afterEach(() => {
  watcher?.close();
  rmSync(root, { recursive: true, force: true });
});

type Event = { readonly reload: ConfigReload } | { readonly error: AppError };

/** A real watch over real files; `next` is the next thing it reports. */
async function start(options: Partial<WatchOptions> = {}): Promise<{ readonly watcher: ConfigWatcher; next(): Promise<Event>; readonly events: Event[] }> {
  const load = (): Promise<LoadedConfig> => loadConfig({ cwd: root, home: join(root, 'home'), env: {} });
  const events: Event[] = [];
  let waiting: ((event: Event) => void) | undefined;
  let read = 0;
  const report = (event: Event): void => {
    events.push(event);
    if (waiting) {
      read += 1;
      waiting(event);
      waiting = undefined;
    }
  };
  const started = watchConfig({
    current: await load(),
    load,
    debounceMs: 10,
    onChange: (reload) => report({ reload }),
    onError: (error) => report({ error }),
    ...options,
  });
  watcher = started;
  await started.ready;
  return {
    watcher: started,
    events,
    next: () =>
      new Promise((resolve) => {
        const event = events[read];
        if (event) {
          read += 1;
          resolve(event);
        } else waiting = resolve;
      }),
  };
}

/** Replaces a file in one step: a plain write truncates first, and a reload may rightly complain of that moment. */
function put(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const changesOf = (event: Event): readonly (readonly [string, unknown])[] =>
  'reload' in event ? event.reload.changes.map(({ pointer, after }) => [pointer, after]) : [];

// @requirement C2.g
describe('watchConfig', () => {
  it('notices an edit and tells what changed', async () => {
    writeFileSync(file, 'log: {level: info}\n');
    const { next } = await start();
    writeFileSync(file, 'log: {level: debug}\n');
    let event = await next();
    while ('error' in event) event = await next();
    expect(changesOf(event)).toEqual([['/log/level', 'debug']]);
    expect('reload' in event && event.reload.loaded.config.log.level).toBe('debug');
  });

  it('keeps the old configuration when the new file is broken, and recovers', async () => {
    writeFileSync(file, 'log: {level: warn}\n');
    const { next } = await start();
    put(file, 'log:\n  level: loud\n');
    const event = await next();
    expect('error' in event && [event.error.code, event.error.message]).toEqual(['CONFIG_INVALID', expect.stringMatching(/^switchyard\.yaml:2:10: /)]);
    // The change is still counted from `warn`: the broken file never came into force.
    put(file, 'log: {level: error}\n');
    const change = await next();
    expect('reload' in change && change.reload.changes).toMatchObject([{ before: 'warn', after: 'error' }]);
  });

  it('keeps the old configuration while an editor has truncated the file', async () => {
    writeFileSync(file, 'log: {level: warn}\n');
    const { next } = await start();
    writeFileSync(file, '');
    const event = await next();
    expect('error' in event && event.error.code).toBe('CONFIG_SYNTAX');
  });

  it('notices a file that is replaced by renaming, again and again', async () => {
    writeFileSync(file, 'log: {level: info}\n');
    const { next } = await start();
    for (const level of ['debug', 'warn', 'error']) {
      put(file, `log: {level: ${level}}\n`);
      expect(changesOf(await next())).toEqual([['/log/level', level]]);
    }
  });

  it('notices a file that appears, and refuses to go on without it: the defaults forbid less', async () => {
    const { next } = await start();
    put(file, 'environment: here\n');
    expect(changesOf(await next())).toEqual([['/environment', 'here']]);
    rmSync(file);
    const gone = await next();
    expect('error' in gone && gone.error.code).toBe('CONFIG_NOT_FOUND');
    // What comes back is compared with what was in force all the time.
    put(file, 'environment: back\n');
    expect(changesOf(await next())).toEqual([['/environment', 'back']]);
  });

  it('notices .env', async () => {
    writeFileSync(file, 'environment: ${NAME:-none}\n');
    const { next } = await start();
    put(join(root, '.env'), 'NAME=x\n');
    const event = await next();
    expect('reload' in event && event.reload.loaded.config.environment).toBe('x');
  });

  it('follows mounted files that are swapped by a link', async () => {
    for (const [version, level] of [
      ['..1', 'info'],
      ['..2', 'debug'],
    ] as const) {
      mkdirSync(join(root, version));
      writeFileSync(join(root, version, 'switchyard.yaml'), `log: {level: ${level}}\n`);
    }
    symlinkSync('..1', join(root, '..data'));
    symlinkSync('..data/switchyard.yaml', file);
    const { next } = await start();
    symlinkSync('..2', join(root, '..tmp'));
    renameSync(join(root, '..tmp'), join(root, '..data'));
    expect(changesOf(await next())).toEqual([['/log/level', 'debug']]);
  });

  it('keeps the old configuration when the swap fails, and tries again', async () => {
    writeFileSync(file, 'log: {level: info}\n');
    let isFailing = true;
    const errors: AppError[] = [];
    const seen: ConfigReload[] = [];
    const { watcher: started } = await start({
      debounceMs: 60_000,
      onChange: (reload) => {
        seen.push(reload);
        if (isFailing) throw new Error('no');
      },
      onError: (error) => errors.push(error),
    });
    writeFileSync(file, 'log: {level: debug}\n');
    expect(await started.reload()).toBe(false);
    expect(errors).toMatchObject([{ code: 'INTERNAL' }]);
    isFailing = false;
    expect(await started.reload()).toBe(true);
    expect(seen.map(({ changes }) => changes[0]?.before)).toEqual(['info', 'info']);
    expect(await started.reload()).toBe(false);
  });

  it('reloads one after another', async () => {
    writeFileSync(file, 'log: {level: info}\n');
    let running = 0;
    let most = 0;
    const { watcher: started } = await start({
      debounceMs: 60_000,
      load: async () => {
        running += 1;
        most = Math.max(most, running);
        const loaded = await loadConfig({ cwd: root, home: root, env: {} });
        running -= 1;
        return loaded;
      },
    });
    await Promise.all([started.reload(), started.reload(), started.reload()]);
    expect(most).toBe(1);
  });

  it('is silent after close', async () => {
    writeFileSync(file, 'log: {level: info}\n');
    const { watcher: started, events } = await start();
    started.close();
    writeFileSync(file, 'log: {level: debug}\n');
    expect(await started.reload()).toBe(false);
    expect(events).toEqual([]);
  });
});
