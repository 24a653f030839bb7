/**
 * The same generated requests through the shipped gateway and through the official SDK's server with an
 * equal fixture: equal answers, but for the list in differences.ts.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, cases, METHODS, REVISIONS, type Revision } from './cases.ts';
import { ASPECTS, compare, type Divergence } from './compare.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { renderDifferences, writtenDifferences } from './documentation.ts';
import { type Endpoint, startReference, startShipped } from './servers.ts';
import { exchange, hangUp, type Observed } from './wire.ts';

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 520);
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_121);
const AT_ONCE = 8;

let ours: Awaited<ReturnType<typeof startShipped>>;
let theirs: Endpoint;
const used = new Map<Revision, Set<Difference>>(REVISIONS.map((revision) => [revision, new Set()]));
const kinds = new Map<string, number>();

beforeAll(async () => {
  [ours, theirs] = await Promise.all([startShipped(), startReference()]);
});
afterAll(async () => {
  hangUp();
  await Promise.all([ours?.stop(), theirs?.stop()]);
});

async function both(sent: Case): Promise<readonly [Observed, Observed]> {
  return await Promise.all([exchange(ours, sent), exchange(theirs, sent)]);
}

async function divergences(sent: Case): Promise<Divergence[]> {
  const [own, other] = await both(sent);
  const key = `${sent.revision} ${own.kind}`;
  kinds.set(key, (kinds.get(key) ?? 0) + 1);
  return compare(sent, own, other, used.get(sent.revision) ?? new Set());
}

const explain = ({ aspect, case: { method, mutation, headers, body }, ours: own, theirs: other }: Divergence): string =>
  `${method} <${mutation}> differs in ${aspect}: ${JSON.stringify(own[aspect])} | ${JSON.stringify(other[aspect])}\n  sent ${JSON.stringify(headers)} ${body.slice(0, 300)}\n  ours ${own.text.slice(0, 300)}\n  theirs ${other.text.slice(0, 300)}`;

describe.each(REVISIONS)('revision %s', (revision) => {
  it.each(METHODS)(`K1.c: ${RUNS} generated requests for %s are answered as the reference does`, async (method) => {
    const sample = fc.sample(cases(method, revision), { numRuns: RUNS, seed: SEED });
    const found: Divergence[] = [];
    for (let start = 0; start < sample.length; start += AT_ONCE) {
      found.push(...(await Promise.all(sample.slice(start, start + AT_ONCE).map(divergences))).flat());
    }
    expect(sample).toHaveLength(RUNS);
    expect(found.slice(0, 5).map(explain)).toEqual([]);
  });

  it('needs every entry of the list of intended differences', () => {
    const stale = DIFFERENCES.filter((entry) => entry.revisions.includes(revision) && used.get(revision)?.has(entry) !== true);
    expect(stale.map(({ id }) => id)).toEqual([]);
  });

  it('was tried with requests that succeed, that fail and that want no answer', () => {
    for (const kind of ['result', 'error', 'empty']) expect(kinds.get(`${revision} ${kind}`) ?? 0).toBeGreaterThan(100);
  });
});

describe('the comparison', () => {
  const valid = (method: string, revision: Revision): Case => {
    const [found] = fc.sample(
      cases(method, revision).filter(({ mutation }) => mutation === 'none'),
      { numRuns: 1, seed: 3 },
    );
    if (!found) throw new Error('no valid case');
    return found;
  };
  const altered: Readonly<Record<(typeof ASPECTS)[number], unknown>> = {
    status: 500,
    contentType: 'text/plain',
    allow: 'TRACE',
    challenge: 'Basic',
    session: 'other',
    ahead: [{}],
    kind: 'empty',
    id: 'other',
    code: -1,
    data: ['leak'],
    result: { changed: true },
  };

  it.each(ASPECTS)('sees that %s was altered', async (aspect) => {
    for (const revision of REVISIONS) {
      const sent = valid('prompts/get', revision);
      const [own, other] = await both(sent);
      const intact = compare(sent, own, other, new Set());
      expect(intact).toEqual([]);
      expect(compare(sent, { ...own, [aspect]: altered[aspect] }, other, new Set()).map((divergence) => divergence.aspect)).toEqual([aspect]);
    }
  });

  it('sees messages ahead of the answer', async () => {
    const [sent] = fc.sample(
      cases('tools/call', '2026-07-28').filter(({ mutation, body }) => mutation === 'progressToken "token"' && body.includes('"name":"steps"')),
      { numRuns: 1, seed: SEED },
    );
    if (!sent) throw new Error('no case with progress');
    const [own, other] = await both(sent);
    expect(own.ahead).toHaveLength(3);
    expect(own.ahead).toEqual(other.ahead);
  });
});

describe('the list of intended differences', () => {
  it('stands in docs/protocol.md', () => {
    expect(writtenDifferences()).toBe(renderDifferences());
  });

  it('has ids that are unique, and reasons', () => {
    expect(new Set(DIFFERENCES.map(({ id }) => id)).size).toBe(DIFFERENCES.length);
    for (const { what, why } of DIFFERENCES) expect([what.length > 20, why.length > 10]).toEqual([true, true]);
  });
});

describe('the gateway', () => {
  it('logged no failure of its own', () => {
    expect(ours.log.filter((line) => !line.includes('"target":"tool:always_fails"') && /failed|INTERNAL/i.test(line))).toEqual([]);
  });
});
