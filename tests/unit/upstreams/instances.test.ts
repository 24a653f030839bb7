import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InstancePolicy, StdioUpstream } from '../../../src/contracts/upstreams-config.ts';
import { Instances } from '../../../src/upstreams/instances.ts';
import { codeOf } from '../../helpers/failure-of.ts';

interface Fake {
  readonly folder: string;
  load: number;
  isClosed: boolean;
  close(): Promise<void>;
}

const made: Fake[] = [];
function make(instances: InstancePolicy, more: Partial<StdioUpstream> = {}): Instances<Fake> {
  const config = { transport: 'stdio', cwd: null, instances, maxInstances: 2, ...more } as unknown as StdioUpstream;
  return new Instances('notes', config, {
    workspace: '/gateway',
    idleMs: 1000,
    create: (folder) => {
      const fake: Fake = {
        folder,
        load: 0,
        isClosed: false,
        close() {
          fake.isClosed = true;
          return Promise.resolve();
        },
      };
      made.push(fake);
      return fake;
    },
  });
}
const call = (workspaceRoot?: string, id = 'local:1'): never => ({ principal: { id }, admission: { workspaceRoot } }) as never;

beforeEach(() => {
  made.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('which program a call gets', () => {
  // @requirement G1.k
  it('per-project: one for each folder, in it; the shared one for callers without a folder of their own', () => {
    const instances = make('per-project');
    const one = instances.of(call('/a'));
    expect(one?.folder).toBe('/a');
    expect(instances.of(call('/a', 'local:2'))).toBe(one);
    expect(instances.of(call('/b'))).not.toBe(one);
    expect([instances.of(call()), instances.of(call('/gateway')), instances.of(call('relative'))]).toEqual([undefined, undefined, undefined]);
    expect(make('per-project', { cwd: '/fixed' }).of(call('/a'))).toBeUndefined();
  });

  // @requirement G1.k
  it('per-principal: one for each caller and folder; shared: the same for everybody', () => {
    const instances = make('per-principal', { cwd: '/fixed' });
    const one = instances.of(call('/a', 'key:1'));
    expect(one?.folder).toBe('/fixed');
    expect(instances.of(call('/b', 'key:1'))).toBe(one);
    expect(instances.of(call('/a', 'key:2'))).not.toBe(one);
    expect(make('per-principal').of(call(undefined, 'key:1'))?.folder).toBe('/gateway');
    expect(make('shared').of(call('/a'))).toBeUndefined();
  });
});

describe('programs', () => {
  // @requirement G1.k
  it('end when nobody has called them for their time, and not before', () => {
    const instances = make('per-project');
    const one = instances.of(call('/a'));
    if (!one) throw new Error('none');
    one.load = 1;
    instances.used(call('/a'));
    vi.advanceTimersByTime(5000);
    expect(one.isClosed).toBe(false);
    one.load = 0;
    instances.used(call('/a'));
    vi.advanceTimersByTime(999);
    expect(instances.of(call('/a'))).toBe(one);
    vi.advanceTimersByTime(5000);
    expect(one.isClosed).toBe(false);
    instances.used(call('/a'));
    vi.advanceTimersByTime(1000);
    expect([one.isClosed, instances.size]).toEqual([true, 0]);
  });

  // @requirement G1.k
  it('are as many as the configuration says: the one that was idle longest makes room, a busy one never', async () => {
    const instances = make('per-project');
    const [a, b] = [instances.of(call('/a')), instances.of(call('/b'))];
    instances.of(call('/a'));
    instances.of(call('/c'));
    expect([a?.isClosed, b?.isClosed, instances.size]).toEqual([false, true, 2]);
    for (const fake of made) fake.load = 1;
    expect(codeOf(() => instances.of(call('/d')))).toBe('OVERLOADED');
    expect(instances.of(call('/a'))).toBe(a);
    expect(instances.load).toBe(2);
    await instances.close();
    expect(made.every(({ isClosed }) => isClosed)).toBe(true);
    expect(codeOf(() => instances.of(call('/a')))).toBe('SHUTTING_DOWN');
  });
});
