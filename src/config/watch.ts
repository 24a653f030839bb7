/** @module config/watch: notices changes of the configuration and swaps it: validate, diff, swap. */
import { watch, type FSWatcher } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { MaybePromise } from '../core/json.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { diffConfig, type ConfigChange } from './diff.ts';
import type { LoadedConfig } from './load.ts';

/** What a new generation brings. */
export interface ConfigReload {
  readonly loaded: LoadedConfig;
  /** At least one. */
  readonly changes: readonly ConfigChange[];
}

/** How to watch. */
export interface WatchOptions {
  /** The generation in force. */
  readonly current: LoadedConfig;
  /** Loads the next one; a rejection keeps the old. */
  load(): Promise<LoadedConfig>;
  /** Swaps. The new generation is in force when this returns; a rejection keeps the old. */
  onChange(reload: ConfigReload): MaybePromise<void>;
  /** Told why a change did not come into force. The gateway goes on as before. */
  onError(error: AppError): void;
  /** Milliseconds without further events before a reload, since editors write in steps. Default 200. */
  readonly debounceMs?: number | undefined;
}

/** A running watch. */
export interface ConfigWatcher {
  /** Resolves when every folder that exists is being watched. */
  readonly ready: Promise<void>;
  /** Loads now, as SIGHUP asks. True when a new generation is in force; never rejects. */
  reload(): Promise<boolean>;
  /** Stops; a reload under way ends without effect. */
  close(): void;
}

/**
 * Watches the folders of `current.watchPaths` (folders, because editors replace files) and the folder
 * a linked file really lies in. Does not keep the process alive. Reloads run one after another; an
 * event during a reload leads to one more. A file that goes takes nothing along: without it nothing would be forbidden that only it
 * forbids. On file systems without notifications (some network
 * drives) nothing is noticed: call `reload()`.
 */
export function watchConfig({ current: first, load, onChange, onError, debounceMs = 200 }: WatchOptions): ConfigWatcher {
  let current = first;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<boolean> = Promise.resolve(false);
  const watchers = new Map<string, FSWatcher>();
  let names: ReadonlySet<string> = new Set();

  const reloadOnce = async (): Promise<boolean> => {
    try {
      const loaded = await load();
      if (isClosed) return false;
      if (current.file !== null && loaded.file === null) throw fileGone();
      const changes = diffConfig(current.config, loaded.config);
      if (changes.length > 0) await onChange({ loaded, changes });
      current = loaded;
      await observe();
      return changes.length > 0;
    } catch (error) {
      if (!isClosed) onError(toAppError(error));
      return false;
    }
  };
  const reload = (): Promise<boolean> => (queue = queue.then(reloadOnce));

  const onEvent = (name: string | null): void => {
    if (isClosed || !concerns(name, names)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), debounceMs);
    timer.unref();
  };
  const observe = async (): Promise<void> => {
    const paths = await pathsOf(current);
    names = new Set(paths.map((path) => basename(path)));
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      if (isClosed || watchers.has(folder)) continue;
      const watcher = tryWatch(folder, onEvent, () => watchers.delete(folder));
      if (watcher) watchers.set(folder, watcher);
    }
  };

  return {
    ready: observe(),
    reload,
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

function fileGone(): AppError {
  return new AppError('CONFIG_NOT_FOUND', {
    message: 'The configuration file is gone.',
    fix: 'Put it back; to run without one, restart.',
  });
}

/** Whether an event of a file of this name may be about us. `..data` is how Kubernetes swaps mounted files. */
function concerns(name: string | null, names: ReadonlySet<string>): boolean {
  return name === null || name.startsWith('..') || names.has(name);
}

/** The paths to watch: the candidates, and the file that a link leads to. */
async function pathsOf({ watchPaths, file }: LoadedConfig): Promise<readonly string[]> {
  const target = file === null ? undefined : await realpath(file).catch(() => undefined);
  return target === undefined ? watchPaths : [...watchPaths, target];
}

/** A folder that does not exist, or a system out of watches, is no reason to fail: `reload()` remains. */
function tryWatch(folder: string, onEvent: (name: string | null) => void, onEnd: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onEvent(name));
    watcher.on('error', () => {
      watcher.close();
      onEnd();
    });
    return watcher;
  } catch {
    return undefined;
  }
}
