import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { CappedOutput } from '../../../src/sandbox/capped-output.ts';
import { assemble } from '../../../src/sandbox/native/bpf.ts';
import { findGroups } from '../../../src/sandbox/native/cgroups.ts';
import { hasFilter, seccompFilter } from '../../../src/sandbox/native/seccomp-filter.ts';
import { SYSTEM_CALLS } from '../../../src/sandbox/native/system-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'native-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (code: number): number => 0x00050000 | code;

/** Runs a filter as the kernel would. */
function judge(filter: Buffer, call: { readonly arch: number; readonly nr: number; readonly args?: readonly number[] }): number {
  const data = new Map([[0, call.nr], [4, call.arch], ...(call.args ?? []).map((value, index): [number, number] => [16 + 8 * index, value])]);
  let accumulator = 0;
  for (let at = 0; at * 8 < filter.length; at += 1) {
    const [code, yes, no, k] = [filter.readUInt16LE(at * 8), filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3), filter.readUInt32LE(at * 8 + 4)];
    if (code === 0x20) accumulator = data.get(k) ?? 0;
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x06) return k;
    else if (code === 0x05) at += k;
    else {
      const holds = code === 0x15 ? accumulator === k : code === 0x35 ? accumulator >= k : (accumulator & k) !== 0;
      at += holds ? yes : no;
    }
  }
  throw new Error('the filter has no end');
}

describe('the filter of system calls', () => {
  it.each(['x64', 'arm64'])('refuses what is on the list for %s, and lets the rest through', (name) => {
    const calls = SYSTEM_CALLS[name];
    if (!calls) throw new Error(name);
    const filter = seccompFilter(false, name);
    const ask = (nr: number, ...args: number[]): number => judge(filter, { arch: calls.arch, nr, args });
    for (const [call, nr] of Object.entries(calls.refused)) expect(ask(nr), call).toBe(errno(1));
    expect(ask(name === 'x64' ? 0 : 63)).toBe(ALLOW);
    expect(ask(calls.clone3)).toBe(errno(38));
    expect(ask(calls.clone, 0x01200011)).toBe(ALLOW);
    expect(ask(calls.clone, 0x003d0f00)).toBe(ALLOW);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) expect(ask(calls.clone, flag | 17)).toBe(errno(1));
    for (const family of [1, 2, 10]) expect(ask(calls.socket, family)).toBe(ALLOW);
    for (const family of [0, 3, 16, 17, 29, 31, 38, 40]) expect(ask(calls.socket, family), `family ${family}`).toBe(errno(97));
    expect(ask(calls.ioctl, 1, 0x5412)).toBe(errno(1));
    expect(ask(calls.ioctl, 1, 0x541c)).toBe(errno(1));
    expect(ask(calls.ioctl, 1, 0x5401)).toBe(ALLOW);
    expect(judge(filter, { arch: 0x40000003, nr: 0 })).toBe(KILL);
    expect(judge(seccompFilter(true, name), { arch: calls.arch, nr: calls.socket, args: [16] })).toBe(ALLOW);
  });

  it('ends a process that uses the other numbers of x64', () => {
    expect(judge(seccompFilter(false, 'x64'), { arch: 0xc000003e, nr: 0x40000000 + 101 })).toBe(KILL);
  });

  it('does not exist for machines whose numbers are not known', () => {
    expect(hasFilter('riscv64')).toBe(false);
    expect(() => seccompFilter(false, 'riscv64')).toThrow(RangeError);
  });

  it('no number stands twice in a table', () => {
    for (const { refused } of Object.values(SYSTEM_CALLS)) expect(new Set(Object.values(refused)).size).toBe(Object.keys(refused).length);
  });

  it('is not assembled with a jump that leads nowhere or too far', () => {
    expect(() => assemble([{ do: 'goto', label: 'x' }])).toThrow(/no label/);
    expect(() =>
      assemble([
        { do: 'label', name: 'x' },
        { do: 'goto', label: 'x' },
      ]),
    ).toThrow(/no label/);
    const filler = Array.from({ length: 300 }, () => ({ do: 'return', value: 0 }) as const);
    expect(() => assemble([{ do: 'equal', value: 1, to: 'x' }, ...filler, { do: 'label', name: 'x' }])).toThrow(/too far/);
  });
});

describe('control groups', () => {
  it('of version 2 get the limits of the run, where the tree offers the controllers', () => {
    const root = join(folder, 'v2');
    mkdirSync(join(root, 'switchyard'), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids\n');
    writeFileSync(join(root, 'switchyard/cgroup.controllers'), 'cpu io memory pids\n');
    const groups = findGroups(root, '/nowhere');
    expect(groups?.controllers).toEqual(['pids', 'memory', 'cpu']);
    expect(readFileSync(join(root, 'switchyard/cgroup.subtree_control'), 'utf8')).toBe('+pids +memory +cpu');
    const group = groups?.open('one', { processes: 6, memoryBytes: 1000, cpuShare: 0.5 });
    const read = (name: string): string => readFileSync(join(root, 'switchyard/one', name), 'utf8');
    expect([read('pids.max'), read('memory.max'), read('memory.swap.max'), read('cpu.max')]).toEqual(['6', '1000', '0', '50000 100000']);
    group?.add(42);
    expect(read('cgroup.procs')).toBe('42');
    expect(group?.hits()).toEqual([]);
    writeFileSync(join(root, 'switchyard/one/pids.events'), 'max 3\n');
    writeFileSync(join(root, 'switchyard/one/memory.events'), 'oom 1\noom_kill 1\n');
    expect(group?.hits()).toEqual(['processes', 'memory']);
  });

  it('of version 1 lie below the group of this process in each tree that is there', () => {
    const root = join(folder, 'v1');
    for (const name of ['pids', 'cpu/own']) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'self'), '9:pids:/\n4:memory:/gone\n1:cpu:/own\n0::/\n');
    const groups = findGroups(root, join(root, 'self'));
    expect(groups?.controllers).toEqual(['pids', 'cpu']);
    groups?.open('one', { processes: 6, memoryBytes: 1000, cpuShare: 0.5 });
    expect(readFileSync(join(root, 'cpu/own/one/cpu.cfs_quota_us'), 'utf8')).toBe('50000');
    expect(readFileSync(join(root, 'pids/one/pids.max'), 'utf8')).toBe('6');
  });

  it('are not there where none can be made', () => {
    expect(findGroups(join(folder, 'none'), join(folder, 'none'))).toBeUndefined();
  });
});

test('S1.i: output beyond the cap is counted, not kept, and characters stay whole', () => {
  const told: string[] = [];
  const output = new CappedOutput(5, (text) => told.push(text));
  for (const piece of ['a€', 'b', 'ccc']) output.push(Buffer.from(piece));
  output.push(Buffer.alloc(1_000_000));
  expect(output.end()).toBe('a€b');
  expect(output.total).toBe(1_000_008);
  expect(output.isCut).toBe(true);
  const split = new CappedOutput(100, (text) => told.push(text));
  for (const byte of Buffer.from('€')) split.push(Buffer.from([byte]));
  expect(split.end()).toBe('€');
  expect(told).toEqual(['a€', 'b', '€']);
});
