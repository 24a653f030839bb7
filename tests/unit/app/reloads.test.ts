import { expect, it } from 'vitest';
import { watchForChanges } from '../../../src/app/reloads.ts';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { AppError } from '../../../src/core/errors.ts';
import { memoryLogger } from '../../helpers/edge.ts';

type Watched = Parameters<typeof watchForChanges>;

it.each([
  ['can be recorded', async () => undefined],
  ['cannot be recorded', async () => await Promise.reject(new AppError('AUDIT_UNAVAILABLE'))],
])('a change that %s is in force once, and nobody says that it was refused', async (_name, append) => {
  const lines: string[] = [];
  const recorded: string[] = [];
  const swapped: number[] = [];
  const loaded = { config: DEFAULT_CONFIG, watchPaths: [], file: null };
  const changed = { ...loaded, config: { ...DEFAULT_CONFIG, limits: { ...DEFAULT_CONFIG.limits, concurrency: 7 } } };
  const foundation = {
    loaded,
    reload: async () => changed,
    logger: memoryLogger(lines),
    clock: { now: () => 0 },
    audit: {
      append: ({ event }: { readonly event: string }) => {
        recorded.push(event);
        return append();
      },
    },
  };
  const generations = { swap: ({ limits }: typeof DEFAULT_CONFIG) => void swapped.push(limits.concurrency), current: () => ({ id: 2 }) };
  const reloads = watchForChanges(foundation as unknown as Watched[0], generations as unknown as Watched[1], () => undefined);
  try {
    expect([await reloads.reload(), await reloads.reload()]).toEqual([true, false]);
    expect([swapped, recorded]).toEqual([[7], ['config_changed']]);
    expect(lines.join('\n')).not.toContain('the changed configuration was refused');
  } finally {
    reloads.close();
  }
});
