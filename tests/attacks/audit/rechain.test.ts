/** U2: a log written anew as a whole, by the very program that wrote the first one. What finds it is what was kept elsewhere. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditPathsOf, verifyAudit, type VerifyOptions } from '../../../src/audit/verify.ts';
import { canonicalJson } from '../../../src/core/json.ts';
import { anchorsOf, makeEvent, openLog } from '../../unit/audit/audit-home.ts';
import { Forger } from './forger.ts';

const root = mkdtempSync(`${tmpdir()}/switchyard-rechain-`);
const original = `${root}/original`;
let home = '';
let copies = 0;
let publicKey = '';
/** The newest checkpoint, as an auditor kept it. */
let head: unknown;

async function write(folder: string, events: number, change: (index: number) => string): Promise<void> {
  const log = openLog(folder, { writerId: 'w1', checkpointEveryRecords: 5, maxSegmentBytes: 5000 });
  for (let index = 0; index < events; index += 1) {
    await log.append(makeEvent(index, { target: change(index) }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.close();
}

const honest = (): string => 'echo';
const forged = (index: number): string => (index === 3 ? 'something_harmless' : 'echo');

/** Puts a log of his own in place of everything, except for the folders he cannot reach. */
async function replaceBy(events: number, change: (index: number) => string, hasKey: boolean, keeps: readonly string[] = []): Promise<void> {
  const other = `${root}/forged-${copies}`;
  if (hasKey) cpSync(`${home}/keys`, `${other}/keys`, { recursive: true });
  await write(other, events, change);
  for (const folder of ['audit', 'audit-checkpoints', 'keys']) {
    if (keeps.includes(folder)) continue;
    rmSync(`${home}/${folder}`, { recursive: true });
    cpSync(`${other}/${folder}`, `${home}/${folder}`, { recursive: true });
  }
}

const kindsFor = async (options: Partial<VerifyOptions>): Promise<string[]> => [
  ...new Set((await verifyAudit({ ...auditPathsOf(home), ...options })).findings.map(({ kind }) => kind)),
];

beforeAll(async () => {
  await write(original, 30, honest);
  publicKey = readFileSync(`${original}/keys/audit-signing.pub.pem`, 'utf8');
  head = anchorsOf(original).at(-1);
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  copies += 1;
  home = `${root}/${copies}`;
  cpSync(original, home, { recursive: true });
});

describe('a log written anew', () => {
  it('control: the log itself verifies with the key and the head that were kept elsewhere', async () => {
    expect(await verifyAudit({ ...auditPathsOf(home), publicKeys: [publicKey], heads: [head] })).toMatchObject({ ok: true, trust: 'external', findings: [] });
  });

  it('with a new key: found with the external key, and not promised without it', async () => {
    await replaceBy(30, forged, false);
    expect(await kindsFor({ publicKeys: [publicKey] })).toEqual(['unknown_key']);
    // Nothing in the folder can contradict it: this is what same-trust means.
    expect(await verifyAudit(home)).toMatchObject({ ok: true, trust: 'same-trust' });
  });

  it('with a new key, the second sink out of reach: found even without the external key', async () => {
    await replaceBy(30, forged, false, ['audit-checkpoints']);
    expect(await kindsFor({})).toEqual(expect.arrayContaining(['unknown_key', 'checkpoint_missing']));
  });

  it('with a new key, the public key put back: found', async () => {
    await replaceBy(30, forged, false, ['keys']);
    expect(await kindsFor({})).toEqual(['unknown_key']);
  });

  it('with the stolen key: found with a head that was kept elsewhere, and by nothing else', async () => {
    await replaceBy(30, forged, true);
    expect(await kindsFor({ publicKeys: [publicKey] })).toEqual([]);
    expect(await kindsFor({ publicKeys: [publicKey], heads: [head] })).toEqual(['checkpoint_mismatch']);
  });

  it('with the stolen key, the second sink out of reach: found', async () => {
    await replaceBy(30, forged, true, ['audit-checkpoints']);
    expect(await kindsFor({ publicKeys: [publicKey] })).toEqual(['checkpoint_mismatch']);
  });

  it('with the stolen key, its checkpoints added to a second sink that only grows: found', async () => {
    const other = `${root}/forged-${copies}`;
    cpSync(`${home}/keys`, `${other}/keys`, { recursive: true });
    await write(other, 30, forged);
    const log = new Forger(home, 'w1');
    log.setAnchors([...log.anchors, ...new Forger(other, 'w1').anchors]);
    const { findings } = await verifyAudit({ ...auditPathsOf(home), publicKeys: [publicKey] });
    expect(findings.length).toBeGreaterThan(1);
    // The first of two contradicting statements counts, so the log itself is not to blame.
    expect(findings.filter(({ kind, segment }) => kind !== 'checkpoint_mismatch' || segment !== 'checkpoints.jsonl')).toEqual([]);
  });

  it('with the stolen key and a shorter log: found with a head', async () => {
    await replaceBy(10, honest, true);
    expect(await kindsFor({ publicKeys: [publicKey] })).toEqual([]);
    expect(await kindsFor({ publicKeys: [publicKey], heads: [head] })).toEqual(expect.arrayContaining(['truncated']));
  });

  it('everything deleted: found with a head', async () => {
    rmSync(`${home}/audit`, { recursive: true });
    rmSync(`${home}/audit-checkpoints`, { recursive: true });
    expect(await kindsFor({ publicKeys: [publicKey], heads: [head] })).toEqual(['segment_missing']);
  });

  it('both ends cut back to the same checkpoint: found with a head', async () => {
    const log = new Forger(home, 'w1');
    const last = log.part(-1);
    const kept = last.rows.findIndex(({ event }) => event === 'checkpoint') + 1;
    const numbers = last.rows.slice(0, kept).map(({ checkpoint }) => (checkpoint as { number?: number } | undefined)?.number ?? 0);
    last.rows.splice(kept);
    log.save();
    log.setAnchors(log.anchors.filter((line) => (JSON.parse(line) as { number: number }).number <= Math.max(...numbers)));
    expect(await kindsFor({ publicKeys: [publicKey] }), 'documented as not protected when both sinks are in reach').toEqual([]);
    expect(await kindsFor({ publicKeys: [publicKey], heads: [head] })).toEqual(['truncated']);
  });
});

describe('heads and keys that are not what they should be', () => {
  it.each([
    ['of another key', 'unknown_key'],
    ['changed', 'bad_signature'],
    ['incomplete', 'malformed'],
    ['no object', 'malformed'],
  ])('a head that is %s is refused', async (kind, found) => {
    const other = `${root}/other-${copies}`;
    await write(other, 5, honest);
    const heads = {
      'of another key': anchorsOf(other)[0],
      changed: { ...(head as object), seq: 1 },
      incomplete: { ...(head as object), signature: undefined },
      'no object': 7,
    };
    expect(await kindsFor({ publicKeys: [publicKey], heads: [heads[kind as keyof typeof heads]] })).toEqual([found]);
  });

  it('one of several keys is enough, which is how a key is changed', async () => {
    const other = `${root}/other-${copies}`;
    await write(other, 5, honest);
    const otherKey = readFileSync(`${other}/keys/audit-signing.pub.pem`, 'utf8');
    expect(await kindsFor({ publicKeys: [otherKey, publicKey] })).toEqual([]);
    expect(await kindsFor({ publicKeys: [otherKey] })).toEqual(['unknown_key']);
  });
});

describe('retention as an excuse', () => {
  it('a removed segment is not excused by a statement signed with another key', async () => {
    const other = `${root}/other-${copies}`;
    await write(other, 5, honest);
    const log = new Forger(home, 'w1');
    const [first, second] = [log.part(0), log.part(1)];
    log.remove(first);
    const statement = {
      ...anchorsOf(other)[0],
      pruned: [{ writer: 'w1', segment: first.name, fromSeq: 1, toSeq: Number(second.rows[0]?.['seq']) - 1, hash: second.rows[0]?.['prev'] }],
    };
    log.setAnchors([...log.anchors, canonicalJson(statement)]);
    const { ok, findings, pruned } = await verifyAudit({ ...auditPathsOf(home), publicKeys: [publicKey] });
    expect([ok, pruned]).toEqual([false, []]);
    expect(findings.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['unknown_key', 'segment_missing']));
  });
});
