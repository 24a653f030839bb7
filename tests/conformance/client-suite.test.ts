import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleHarness } from './client/bundle.ts';
import { runClientSuite, type ScenarioResult, type SuiteResult } from './suite.ts';

let harness: Awaited<ReturnType<typeof bundleHarness>>;
const results = new Map<string, SuiteResult>();
beforeAll(async () => {
  harness = await bundleHarness();
  for (const revision of ['2025-11-25', '2026-07-28']) results.set(revision, await runClientSuite(harness.command, revision));
}, 180_000);
afterAll(() => rmSync(harness.folder, { recursive: true, force: true }));

const faulty = (scenarios: readonly ScenarioResult[] = []): readonly ScenarioResult[] =>
  scenarios.filter(({ failures, warnings }) => failures.length + warnings.length > 0);

// No failure is expected: there is no burn-down file.
describe('the official conformance suite, against the client that speaks to upstreams', () => {
  it('K1.g passes every scenario that 2025-11-25 requires of a client', () => {
    const { required = [] } = results.get('2025-11-25') ?? {};
    expect(required).toHaveLength(18);
    expect(faulty(required)).toEqual([]);
  });

  it('K1.h passes every scenario that 2026-07-28 requires of a client', () => {
    const { required = [] } = results.get('2026-07-28') ?? {};
    expect(required).toHaveLength(32);
    expect(faulty(required)).toEqual([]);
  });

  it.each(['2025-11-25', '2026-07-28'])('K1.i passes the extensions that are not scored, on the wire of %s', (revision) => {
    const { unscored = [] } = results.get(revision) ?? {};
    expect(unscored.map(({ scenario }) => scenario).toSorted()).toEqual([
      'auth/client-credentials-basic',
      'auth/client-credentials-jwt',
      'auth/dpop',
      'auth/dpop-nonce',
      'auth/enterprise-managed-authorization',
      'auth/wif-jwt-bearer',
      'json-schema-2020-12-preservation',
    ]);
    expect(faulty(unscored)).toEqual([]);
  });
});
