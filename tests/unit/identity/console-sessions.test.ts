import { beforeEach, describe, expect, it } from 'vitest';
import { createConsoleSessions, type MemoryConsoleSessions } from '../../../src/identity/console-sessions.ts';
import { localPrincipal } from '../../../src/identity/identity.ts';

const principal = localPrincipal();
let nowMs = 0;
let sessions: MemoryConsoleSessions;
beforeEach(() => {
  nowMs = 0;
  sessions = createConsoleSessions({ monotonic: () => nowMs });
});

describe('console sessions', () => {
  it('open once per link', () => {
    const token = sessions.createLink(principal);
    const cookie = sessions.redeem(token) ?? '';
    expect(sessions.principalOf(cookie)).toBe(principal);
    expect(sessions.redeem(token)).toBeUndefined();
    expect(cookie).not.toBe(token);
    expect(sessions.principalOf(token)).toBeUndefined();
    expect(sessions.redeem(cookie)).toBeUndefined();
  });

  it('end: links after ten minutes, sessions after twelve hours', () => {
    const [early, late] = [sessions.createLink(principal), sessions.createLink(principal)];
    nowMs = 10 * 60_000 - 1;
    const cookie = sessions.redeem(early) ?? '';
    nowMs += 1;
    expect(sessions.redeem(late)).toBeUndefined();
    nowMs += 12 * 3_600_000 - 2;
    expect(sessions.principalOf(cookie)).toBe(principal);
    nowMs += 1;
    expect(sessions.principalOf(cookie)).toBeUndefined();
  });

  it('are bounded: the oldest gives way', () => {
    const links = Array.from({ length: 101 }, () => sessions.createLink(principal));
    expect(sessions.redeem(links[0] ?? '')).toBeUndefined();
    expect(sessions.redeem(links[100] ?? '')).toBeDefined();
    const cookies = Array.from({ length: 1_001 }, () => sessions.redeem(sessions.createLink(principal)) ?? '');
    expect(sessions.principalOf(cookies[0] ?? '')).toBeUndefined();
    expect(sessions.principalOf(cookies[1] ?? '')).toBe(principal);
  });

  it('do not know what they did not issue', () => {
    for (const text of ['', 'x', '0'.repeat(64), 'x'.repeat(1_000_000)]) {
      expect(sessions.redeem(text)).toBeUndefined();
      expect(sessions.principalOf(text)).toBeUndefined();
    }
  });
});
