import { describe, expect, it } from 'vitest';
import type { TestCounts } from '../../tools/count-reporter.ts';
import { isDeclared } from '../../tools/declared-skips.ts';
import { exitCodeOf, sumCounts } from '../../tools/sum-counts.ts';

const counts = (change: Partial<TestCounts>): TestCounts => ({ passed: 1, failed: 0, skipped: 0, skips: [], failures: [], ...change });

describe('C3.b: the sum of test runs', () => {
  it('adds every report and the steps without one', () => {
    expect(sumCounts(2, 1, [counts({ passed: 5, failures: ['a'] }), counts({ failed: 3, skipped: 1, skips: [{ name: 'b', reason: 'needs c' }] })])).toEqual({
      passed: 8,
      failed: 4,
      skipped: 1,
      skips: [{ name: 'b', reason: 'needs c' }],
      failures: ['a'],
    });
  });

  it.each([
    ['all passed', {}, 0],
    ['a declared skip', { skipped: 1, skips: [{ name: 'a', reason: 'needs chromium' }] }, 0],
    ['a failure', { failed: 1 }, 1],
    ['an undeclared skip', { skipped: 1, skips: [{ name: 'a', reason: null }] }, 1],
    ['nothing that ran', { passed: 0 }, 1],
  ])('%s', (_name, change, code) => {
    expect(exitCodeOf(counts(change))).toBe(code);
  });
});

describe('skips in CI', () => {
  it('are allowed for what the machine refuses, and not for what the run installs', () => {
    expect(isDeclared('native is not usable: no namespaces', true)).toBe(true);
    expect(isDeclared('mounting needs root', true)).toBe(true);
    for (const reason of ['needs redis-server', 'needs tests/clients/inspector, which cannot be installed: E', 'needs bubblewrap', null])
      expect([reason, isDeclared(reason, true)]).toEqual([reason, false]);
    expect(isDeclared('needs redis-server', false)).toBe(true);
    expect(isDeclared(null, false)).toBe(false);
  });
});
