import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hasEnded, processBirth, processName } from '../../../src/core/process-identity.ts';

describe.runIf(process.platform === 'linux')('the identity of a process', () => {
  it('is the same each time, and differs between processes', async () => {
    const child = spawn('/bin/sleep', ['30'], { stdio: 'ignore' });
    try {
      expect(processBirth(process.pid)).toBe(processBirth(process.pid));
      expect(processBirth(child.pid ?? 0)).not.toBe(processBirth(process.pid));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(processBirth(child.pid ?? 0)).toBeUndefined();
  });

  it('tells a process that has ended from one that runs, also when another has its number', async () => {
    const name = processName();
    expect(hasEnded(name)).toBe(false);
    const child = spawn('/bin/sleep', ['30'], { stdio: 'ignore' });
    const childName = name.replace(`/${process.pid}/`, `/${child.pid}/`).replace(/[^/]*$/, processBirth(child.pid ?? 0) ?? '');
    expect(hasEnded(childName)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(childName)).toBe(true);
    // The number is somebody's, the birth is not.
    expect(hasEnded(`${name}0`)).toBe(true);
  });

  it('says nothing about what it cannot see: another host or container, a name without a birth, nonsense', () => {
    const [, rest = ''] = /(\/\d+\/.*)$/.exec(processName()) ?? [];
    expect(hasEnded(`elsewhere${rest}0`)).toBe(false);
    expect(hasEnded(processName().replace(/[^/]*$/, ''))).toBe(false);
    expect(hasEnded('')).toBe(false);
    expect(hasEnded('x/y/z')).toBe(false);
  });
});
