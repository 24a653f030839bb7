import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';

describe('a scope', () => {
  it('cancels its children with its own reason, and keeps the first reason', () => {
    const parent = new Scope();
    const child = new Scope({ parent });
    const grandchild = new Scope({ parent: child });
    parent.cancel(new AppError('SHUTTING_DOWN'));
    parent.cancel(new AppError('CANCELLED'));
    expect([parent, child, grandchild].map(({ reason }) => reason?.code)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN', 'SHUTTING_DOWN']);
  });

  it('does not cancel upwards or sideways', () => {
    const parent = new Scope();
    const [left, right] = [new Scope({ parent }), new Scope({ parent })];
    left.cancel();
    expect([parent.reason, right.reason]).toEqual([undefined, undefined]);
  });

  it('never outlives the deadline of its parent', async () => {
    const parent = new Scope({ timeoutMs: 10 });
    const child = new Scope({ parent, timeoutMs: 60_000 });
    expect(child.deadlineAt).toBe(parent.deadlineAt);
    await expect(child.race(new Promise(() => undefined))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('obeys a foreign signal, also one that fired before', () => {
    const controller = new AbortController();
    const scope = new Scope({ signal: controller.signal });
    controller.abort();
    expect(scope.reason?.code).toBe('CANCELLED');
    expect(new Scope({ signal: controller.signal }).reason?.code).toBe('CANCELLED');
  });

  it('aborts its signal with the reason, whenever the signal is asked for', () => {
    const early = new Scope();
    const { signal } = early;
    early.cancel(new AppError('QUOTA_EXCEEDED'));
    expect(signal.reason).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const late = new Scope();
    late.cancel();
    expect(late.signal.aborted).toBe(true);
  });

  it('passes an outcome through a race and stops listening', async () => {
    const scope = new Scope();
    await expect(scope.race(Promise.resolve(7))).resolves.toBe(7);
    await expect(scope.race(Promise.reject(new Error('own')))).rejects.toThrow('own');
    scope.cancel();
    expect(() => scope.throwIfCancelled()).toThrow(AppError);
  });

  it('is quiet after its end: neither parent, signal nor timer reach it', async () => {
    const parent = new Scope();
    const controller = new AbortController();
    const scope = new Scope({ parent, signal: controller.signal, timeoutMs: 5 });
    scope.end();
    parent.cancel();
    controller.abort();
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
    expect(scope.reason).toBeUndefined();
  });
});
