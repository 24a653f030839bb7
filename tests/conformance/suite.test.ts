import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Candidate, startCandidate } from './gateway.ts';
import { runServerSuite, type SuiteResult } from './suite.ts';

const TASK_SCENARIOS = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-status-notifications',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
];

let candidate: Candidate;
let newest: Promise<SuiteResult> | undefined;
/** Run once: what it does not require is in it too. */
const runNewest = (): Promise<SuiteResult> => (newest ??= runServerSuite(candidate.url, '2026-07-28'));
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
    const { required } = await runNewest();
    expect(required).toHaveLength(37);
    expect(required.filter(({ failures, warnings }) => failures.length + warnings.length > 0)).toEqual([]);
  });

  it('K3.i passes its ten scenarios of the tasks extension', async () => {
    const results = (await runNewest()).unscored.filter(({ scenario }) => scenario.startsWith('tasks-'));
    expect(results.map(({ scenario }) => scenario).toSorted()).toEqual(TASK_SCENARIOS.toSorted());
    expect(results.filter(({ failures, warnings }) => failures.length + warnings.length > 0)).toEqual([]);
    // One says that it is not written yet; the others have checks that passed.
    expect(results.filter(({ passed }) => passed === 0).map(({ scenario }) => scenario)).toEqual(['tasks-status-notifications']);
  });
});
