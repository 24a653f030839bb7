import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Candidate, startCandidate } from './gateway.ts';
import { runServerSuite } from './suite.ts';

let candidate: Candidate;
beforeAll(async () => {
  candidate = await startCandidate();
});
afterAll(() => candidate.stop());

// No failure is expected: there is no burn-down file. @requirement K1.e
describe('the official conformance suite', () => {
  it('K1.a passes every scenario that 2025-11-25 requires of a server', async () => {
    const { required } = await runServerSuite(candidate.url, '2025-11-25');
    expect(required).toHaveLength(30);
    expect(required.filter(({ failures, warnings }) => failures.length + warnings.length > 0)).toEqual([]);
  });

  it('K1.b passes every scenario that 2026-07-28 requires of a server', async () => {
    const { required } = await runServerSuite(candidate.url, '2026-07-28');
    expect(required).toHaveLength(37);
    expect(required.filter(({ failures, warnings }) => failures.length + warnings.length > 0)).toEqual([]);
  });
});
