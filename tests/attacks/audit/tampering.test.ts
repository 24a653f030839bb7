/** U1, U2: whoever changes the log without the key is found, and the log he left alone is not. */
import { appendFileSync, cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/findings.ts';
import { auditPathsOf, verifyAudit, type VerifyOptions } from '../../../src/audit/verify.ts';
import { makeEvent, openLog } from '../../unit/audit/audit-home.ts';
import { Forger, relink, sealRow } from './forger.ts';
import { type Attack, EDITS, LINES, rowOf, resealed, lineWith, rehashed } from './line-attacks.ts';

const root = mkdtempSync(`${tmpdir()}/switchyard-tampering-`);
const original = `${root}/original`;

/** Two writers of three segments each, checkpoints every five records, both closed. */
beforeAll(async () => {
  const logs = ['w1', 'w2'].map((writerId) => openLog(original, { writerId, maxSegmentBytes: 5000, checkpointEveryRecords: 5 }));
  for (let index = 0; index < 32; index += 1) {
    await logs[index % 2]?.append(makeEvent(index, { client: index % 4 === 0 ? '\u00e9' : 'claude' }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(logs.map((log) => log.close()));
});
afterAll(() => rmSync(root, { recursive: true }));

let copies = 0;
function copy(): string {
  copies += 1;
  cpSync(original, `${root}/${copies}`, { recursive: true });
  return `${root}/${copies}`;
}

const FORMS: readonly Attack[] = [
  [
    'white space that JSON allows',
    ['edited'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line) => lineWith(line, '":', '": ')),
      ),
  ],
  [
    'carriage returns before the newlines',
    ['malformed'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line) => `${line}\r`),
      ),
  ],
  [
    'a letter written as an escape, with a fitting hash',
    ['malformed'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line, at) => (at === 1 ? rehashed(line, '"echo"', '"\\u0065cho"') : line)),
      ),
  ],
  [
    'a number written otherwise',
    ['edited'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line, at) => (at === 1 ? lineWith(line, '"durationMs":1.5', '"durationMs":1.50') : line)),
      ),
  ],
  [
    'a member given twice',
    ['edited'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line, at) => (at === 1 ? lineWith(line, '"outcome":"ok"', '"outcome":"denied","outcome":"ok"') : line)),
      ),
  ],
  [
    'a member given twice, with a fitting hash',
    ['malformed'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line, at) => (at === 1 ? rehashed(line, '"outcome":"ok"', '"outcome":"denied","outcome":"ok"') : line)),
      ),
  ],
  [
    'a second hash among the members, with a fitting hash',
    ['malformed'],
    (log) =>
      log.setLines(
        log.part(0).name,
        log.lines(log.part(0).name).map((line, at) => (at === 1 ? rehashed(line, ',"inputHmac"', `,"hash":"${'0'.repeat(64)}","inputHmac"`) : line)),
      ),
  ],
  [
    'a byte order mark in front',
    ['edited'],
    (log) => {
      const [first = '', ...rest] = log.lines(log.part(0).name);
      log.setLines(log.part(0).name, [`\ufeff${first}`, ...rest]);
    },
  ],
];

const CUTS: readonly Attack[] = [
  [
    'the last line cut off',
    ['truncated'],
    (log) => {
      log.part(-1).rows.pop();
      log.save();
    },
  ],
  [
    'the last two lines cut off',
    ['truncated'],
    (log) => {
      log.part(-1).rows.splice(-2);
      log.save();
    },
  ],
  [
    'the last line cut in half',
    ['truncated'],
    (log) => {
      const lines = log.lines(log.part(-1).name);
      const last = lines.pop() ?? '';
      log.setLines(log.part(-1).name, lines);
      appendFileSync(`${log.home}/audit/${log.part(-1).name}`, last.slice(0, 80));
    },
  ],
  [
    'a segment in the middle cut off',
    ['segment_missing', 'missing_records'],
    (log) => {
      log.part(1).rows.splice(-2);
      log.save();
    },
  ],
  [
    'a segment emptied',
    ['missing_records'],
    (log) => {
      log.part(1).rows.length = 0;
      log.save();
    },
  ],
  [
    'the last segment emptied',
    ['truncated'],
    (log) => {
      log.part(-1).rows.length = 0;
      log.save();
    },
  ],
  ['the first segment deleted', ['segment_missing'], (log) => log.remove(log.part(0))],
  ['a segment in the middle deleted', ['segment_missing'], (log) => log.remove(log.part(1))],
  ['the last segment deleted', ['truncated'], (log) => log.remove(log.part(-1))],
  [
    'the whole chain deleted',
    ['segment_missing'],
    (log) => {
      for (const part of [...log.parts]) log.remove(part);
    },
  ],
  [
    'everything behind a checkpoint cut off and its lines in the second sink deleted but the last',
    ['truncated'],
    (log) => {
      log.part(-1).rows.splice(-2);
      log.save();
      log.setAnchors(log.anchors.filter((line) => line !== log.anchorsOf('w1').at(-2)));
    },
  ],
];

const FILES: readonly Attack[] = [
  [
    'a segment renamed to another time',
    ['checkpoint_mismatch'],
    (log) => renameSync(`${log.home}/audit/${log.part(1).name}`, `${log.home}/audit/w1-1-2.jsonl`),
  ],
  [
    'a segment given to another writer',
    ['foreign_record', 'segment_missing'],
    (log) => renameSync(`${log.home}/audit/${log.part(1).name}`, `${log.home}/audit/w9-1-1.jsonl`),
  ],
  ['a segment renamed to something else', ['segment_missing'], (log) => renameSync(`${log.home}/audit/${log.part(1).name}`, `${log.home}/audit/backup.txt`)],
  [
    'two segments exchanged',
    ['segment_missing', 'missing_records'],
    (log) => {
      const [a, b] = [log.part(0).rows, log.part(1).rows];
      log.part(0).rows = b;
      log.part(1).rows = a;
      log.save();
    },
  ],
  ['a segment copied under its number', ['segment_repeated'], (log) => cpSync(`${log.home}/audit/${log.part(1).name}`, `${log.home}/audit/w1-1-2.jsonl`)],
  [
    'a record added behind the end',
    ['after_end'],
    (log) => {
      const last = rowOf(log.part(-1), -1);
      log.part(-1).rows.push(resealed({ ...rowOf(log.part(-1), 0), seq: Number(last['seq']) + 1, prev: last['hash'] }));
      log.save();
    },
  ],
  ['half a record added behind the end', ['after_end'], (log) => appendFileSync(`${log.home}/audit/${log.part(-1).name}`, '{"callId":"x')],
  [
    'a segment added behind the end',
    ['after_end'],
    (log) => {
      const last = rowOf(log.part(-1), -1);
      writeFileSync(
        `${log.home}/audit/w1-9-${log.parts.length + 1}.jsonl`,
        `${sealRow({ ...rowOf(log.part(0), 0), seq: Number(last['seq']) + 1, prev: last['hash'] })}\n`,
      );
    },
  ],
];

const SINK: readonly Attack[] = [
  ['the second sink deleted', ['checkpoint_missing'], (log) => rmSync(`${log.home}/audit-checkpoints`, { recursive: true })],
  ['the second sink emptied', ['checkpoint_missing'], (log) => log.setAnchors([])],
  ['a checkpoint deleted from the second sink', ['checkpoint_missing'], (log) => log.setAnchors(log.anchors.slice(1))],
  [
    'a checkpoint of the second sink changed',
    ['bad_signature'],
    (log) => log.setAnchors(log.anchors.map((line, at) => (at === 0 ? line.replace(/"seq":\d+/, '"seq":1') : line))),
  ],
  ['a line of noise in the second sink', ['malformed'], (log) => log.setAnchors([...log.anchors, 'noise'])],
  ['white space in the second sink', ['malformed'], (log) => log.setAnchors(log.anchors.map((line) => line.replace(',', ', ')))],
  [
    'a signature exchanged for another',
    ['bad_signature'],
    (log) => {
      const [first = '', second = '', ...rest] = log.anchors;
      log.setAnchors([first.replace(/"signature":"\w+"/, /"signature":"\w+"/.exec(second)?.[0] ?? ''), second, ...rest]);
    },
  ],
];

describe('an attacker without the key is found who has', () => {
  async function findingsOf([, kinds, attack]: Attack): Promise<readonly Finding[]> {
    const home = copy();
    attack(new Forger(home, 'w1'));
    const { ok, findings } = await verifyAudit(home);
    expect(ok).toBe(false);
    const found = findings.map(({ kind }) => kind);
    expect(
      kinds.some((kind) => found.includes(kind)),
      `${kinds.join(' or ')} among ${found.join(', ')}`,
    ).toBe(true);
    return findings;
  }

  it.each(SINK)('%s', async (...attack) => {
    expect(await findingsOf(attack)).not.toEqual([]);
  });

  it.each([...EDITS, ...LINES, ...FORMS, ...CUTS, ...FILES])('%s', async (...attack) => {
    const findings = await findingsOf(attack);
    // The log of the other writer was not touched, and nothing is said against it.
    expect(findings.filter(({ segment }) => segment.startsWith('w2-'))).toEqual([]);
  });

  it('a chain written anew is found by the checkpoints inside of it, when there is no second sink', async () => {
    const alone = (home: string): VerifyOptions => ({ ...auditPathsOf(home), checkpointDirectories: [] });
    const home = copy();
    const log = new Forger(home, 'w1');
    rowOf(log.part(0), 1)['target'] = 'other';
    relink(log.parts);
    log.save();
    expect((await verifyAudit(alone(home))).findings.map(({ kind }) => kind)).toContain('checkpoint_mismatch');
    expect(await verifyAudit(alone(copy()))).toMatchObject({ ok: true });
  });

  it('control: an untouched copy, and one written again as it was, verify', async () => {
    expect(await verifyAudit(copy())).toMatchObject({ ok: true, findings: [], unprotected: 0 });
    const home = copy();
    const log = new Forger(home, 'w1');
    relink(log.parts);
    log.save();
    log.setAnchors(log.anchors);
    expect(await verifyAudit(home)).toMatchObject({ ok: true, findings: [] });
    expect(log.parts.length).toBeGreaterThanOrEqual(3);
  });

  it('finds the place: file, line and number of the record', async () => {
    const home = copy();
    const log = new Forger(home, 'w1');
    const row = rowOf(log.part(1), 2);
    row['target'] = 'other';
    log.save();
    expect((await verifyAudit(home)).findings).toEqual([
      { kind: 'edited', segment: log.part(1).name, line: 3, seq: row['seq'], message: expect.stringContaining('does not match its hash') as string },
    ]);
  });
});
