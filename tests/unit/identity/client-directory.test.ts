import { describe, expect, it } from 'vitest';
import { createClientDirectory } from '../../../src/identity/client-directory.ts';

describe('the client directory', () => {
  // @requirement K5.a
  it('counts requests and remembers activity', () => {
    let nowMs = 10;
    const directory = createClientDirectory({ now: () => nowMs });
    const first = directory.touch({ id: 'a', principalId: 'p', door: 'mcp' });
    first.name = 'Claude';
    nowMs = 20;
    expect(directory.touch({ id: 'a', principalId: 'p', door: 'mcp' })).toBe(first);
    expect(first).toEqual({
      id: 'a',
      principalId: 'p',
      door: 'mcp',
      createdAt: 10,
      lastActivityAt: 20,
      requestCount: 2,
      name: 'Claude',
      version: null,
      protocolVersion: null,
      era: null,
    });
    directory.forget('a');
    expect(directory.list()).toEqual([]);
  });

  it('shows nothing of one principal to another that comes with the same id', () => {
    const directory = createClientDirectory({ now: () => 1 });
    const theirs = directory.touch({ id: 'a', principalId: 'p', door: 'mcp' });
    theirs.name = 'private';
    expect(directory.touch({ id: 'a', principalId: 'q', door: 'mcp' })).toMatchObject({ name: null, requestCount: 1 });
    expect(directory.list().length).toBe(1);
  });

  it('lists the most recently active first and forgets the least when full', () => {
    let nowMs = 0;
    const directory = createClientDirectory({ now: () => nowMs }, 3);
    const touch = (id: string): void => {
      nowMs += 1;
      directory.touch({ id, principalId: 'p', door: 'd' });
    };
    for (const id of ['a', 'b', 'c', 'a', 'd']) touch(id);
    expect(directory.list().map(({ id }) => id)).toEqual(['d', 'a', 'c']);
  });

  it('holds at most a thousand', () => {
    const directory = createClientDirectory({ now: () => 1 });
    for (let index = 0; index < 1_500; index += 1) directory.touch({ id: `${index}`, principalId: 'p', door: 'd' });
    expect(directory.list().length).toBe(1_000);
  });
});
