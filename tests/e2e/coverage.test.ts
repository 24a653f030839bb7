import { describe, expect, it } from 'vitest';
import { readSources } from '../architecture/source-files.ts';
import { findCitations, findGaps } from './citations.ts';
import { OPEN } from './open-requirements.ts';
import { REQUIREMENTS, type Requirement } from './requirements.ts';

const tests = readSources('tests').filter(({ path }) => path.endsWith('.test.ts') && path !== 'tests/e2e/coverage.test.ts');
const citations = findCitations(tests);

describe('the manifest of requirements', () => {
  it('has a test for every clause that counts as done, and a reason for every open one', () => {
    expect(findGaps(REQUIREMENTS, citations, OPEN)).toEqual([]);
  });

  it('has each id once', () => {
    expect(new Set(REQUIREMENTS.map(({ id }) => id)).size).toBe(REQUIREMENTS.length);
  });
});

describe('the gate itself', () => {
  const requirement = (id: string, reason?: string): Requirement =>
    reason === undefined ? { id, clause: 'c', status: 'done' } : { id, clause: 'c', status: 'open', reason };
  const gaps = (requirements: readonly Requirement[], text: string): string[] => findGaps(requirements, findCitations([{ path: 'a.test.ts', text }]), {});

  it('fails on a clause that is done and cited nowhere', () => {
    expect(gaps([requirement('D1.a')], "it('works', () => {}); const id = 'D1.a'; // D1.a")).toEqual(['D1.a counts as done, but no test cites it: c']);
  });

  it('fails on an open clause without a reason, also in the list of reasons', () => {
    expect(gaps([requirement('D1.a', ' ')], '')).toEqual(['D1.a is open without a reason']);
    expect(findGaps([], new Map(), { 'D1.a': 'later' })).toEqual(['D1.a stands in open-requirements.ts, but not in the manifest']);
  });

  it('fails on a cited id that does not exist', () => {
    expect(gaps([], "it('D9.z: stops', () => {})")).toEqual(['D9.z is not in the manifest, but cited in a.test.ts']);
  });

  it.each([
    "it('D1.a: works', () => {})",
    "describe('stdio (D1.a)', () => {})",
    "it.each([1, 2])('D1.a %i', () => {})",
    "it.skipIf(isRoot())('D1.a', () => {})",
    '// @requirement D1.a\nit(name, () => {})',
    '/** Attacks. @requirement D1.a */',
  ])('accepts the citation %j', (text) => {
    expect(gaps([requirement('D1.a')], text)).toEqual([]);
  });
});
