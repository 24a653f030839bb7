import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHeads } from '../../../src/audit/heads.ts';
import { checkLine } from '../../../src/audit/line-check.ts';
import { auditPathsOf, verifyAudit } from '../../../src/audit/verify.ts';
import { anchorsOf, appendEach, keepFolder, linesOf, makeEvent, openLog, segmentsOf, temporaryFolder } from './audit-home.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const RUNS = Number(process.env['SWITCHYARD_AUDIT_RUNS'] ?? 150);

const closed = keepFolder();
let segments: { name: string; bytes: Buffer; lines: string[] }[] = [];

beforeAll(async () => {
  const logs = ['w1', 'w2'].map((writerId) => openLog(closed, { writerId, maxSegmentBytes: 3000, checkpointEveryRecords: 3 }));
  for (let index = 0; index < 24; index += 1) {
    await logs[index % 2]?.append(makeEvent(index));
    await turn();
  }
  await Promise.all(logs.map((log) => log.close()));
  segments = (await segmentsOf(closed)).map(({ name, path }) => ({ name, bytes: readFileSync(path), lines: linesOf(path) }));
});

function copyOfClosed(): string {
  const home = temporaryFolder();
  cpSync(closed, home, { recursive: true });
  return home;
}

/** Hundreds of logs are written and read: on a busy machine that takes its time. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe('verification', () => {
  it(
    'is green for any sequence of events, turns, checkpoints and rotations',
    async () => {
      const anyStep = fc.record({
        action: fc.constantFrom('await', 'queue', 'checkpoint', 'turn'),
        text: fc.string({ unit: 'binary' }),
        detail: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.double())),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyStep, { maxLength: 30 }),
          fc.integer({ min: 500, max: 9000 }),
          fc.integer({ min: 1, max: 6 }),
          fc.boolean(),
          async (steps, maxSegmentBytes, checkpointEveryRecords, isClosed) => {
            const home = temporaryFolder();
            const log = openLog(home, { maxSegmentBytes, checkpointEveryRecords });
            for (const [index, { action, text, detail }] of steps.entries()) {
              const written = log.append(makeEvent(index, { target: text, client: text, detail, input: text }));
              if (action === 'await') await written;
              if (action === 'checkpoint') await log.checkpoint();
              if (action === 'turn') await turn();
            }
            if (isClosed) await log.close();
            else await turn();
            const { findings, notes, records } = await verifyAudit(home);
            expect({ findings, notes: notes.filter((note) => !/unprotected|behind the last checkpoint|no segments|has no/.test(note)) }).toEqual({
              findings: [],
              notes: [],
            });
            expect(records).toBeGreaterThanOrEqual(steps.length);
            await log.close();
          },
        ),
        { numRuns: 40 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'finds every single change of a byte, wherever it is',
    async () => {
      const anyPlace = fc.record({
        file: fc.nat(),
        offset: fc.nat(),
        byte: fc.integer({ min: 1, max: 255 }),
        change: fc.constantFrom('replace', 'insert', 'delete'),
      });
      await fc.assert(
        fc.asyncProperty(anyPlace, async ({ file, offset, byte, change }) => {
          const segment = segments[file % segments.length];
          if (!segment) throw new Error('no segment');
          const at = offset % segment.bytes.length;
          const old = segment.bytes[at] ?? 0;
          const middle = change === 'delete' ? [] : change === 'replace' ? [old ^ byte] : [byte, old];
          const home = copyOfClosed();
          writeFileSync(`${home}/audit/${segment.name}`, Buffer.concat([segment.bytes.subarray(0, at), Buffer.from(middle), segment.bytes.subarray(at + 1)]));
          expect((await verifyAudit(home)).ok).toBe(false);
        }),
        { numRuns: RUNS },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it('U2.a: finds every single change of lines', async () => {
    const anyChange = fc.record({
      from: fc.nat(),
      line: fc.nat(),
      to: fc.nat(),
      position: fc.nat(),
      change: fc.constantFrom('delete', 'copy', 'move', 'swap', 'truncate'),
    });
    await fc.assert(
      fc.asyncProperty(anyChange, async ({ from, line, to, position, change }) => {
        const files = segments.map(({ lines }) => [...lines]);
        const [source, target] = [files[from % files.length] ?? [], files[to % files.length] ?? []];
        const taken = line % source.length;
        const [text = ''] = change === 'copy' ? [source[taken]] : source.splice(taken, change === 'truncate' ? Infinity : 1);
        if (change === 'swap') {
          const other = position % Math.max(1, target.length);
          source.splice(taken, 0, ...target.splice(other, 1, text));
        } else if (change === 'copy' || change === 'move') target.splice(position % (target.length + 1), 0, text);
        const changed = files.map((lines) => lines.map((each) => `${each}\n`).join(''));
        fc.pre(changed.some((each, index) => each !== segments[index]?.bytes.toString()));
        const home = copyOfClosed();
        for (const [index, { name }] of segments.entries()) writeFileSync(`${home}/audit/${name}`, changed[index] ?? '');
        expect((await verifyAudit(home)).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
    expect((await verifyAudit(copyOfClosed())).ok, 'the control').toBe(true);
  });

  it(
    'finds every change in the second sink but the loss of the newest checkpoint of a chain',
    async () => {
      const path = `${closed}/audit-checkpoints/checkpoints.jsonl`;
      const bytes = readFileSync(path);
      const lines = linesOf(path);
      const isLast = lines.map(
        (line, index) =>
          !anchorsOf(closed)
            .slice(index + 1)
            .some(({ writer }) => line.includes(`"writer":"${String(writer)}"`)),
      );
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (offset, byte, isLineDeleted) => {
          const home = copyOfClosed();
          const index = offset % lines.length;
          fc.pre(!isLast[index]);
          const changed = isLineDeleted
            ? Buffer.from(
                lines
                  .filter((_, other) => other !== index)
                  .map((line) => `\n${line}\n`)
                  .join(''),
              )
            : Buffer.from(bytes);
          const at = bytes.indexOf(lines[index] ?? '') + (offset % (lines[index]?.length ?? 1));
          if (!isLineDeleted) changed[at] = (changed[at] ?? 0) ^ byte;
          writeFileSync(`${home}/audit-checkpoints/checkpoints.jsonl`, changed);
          expect((await verifyAudit(home)).ok).toBe(false);
        }),
        { numRuns: RUNS },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it('checks a line by its bytes: no bit of it may change', () => {
    const line = Buffer.from(segments[0]?.lines[0] ?? '');
    expect(checkLine(line)).toMatchObject({ state: 'good' });
    for (let bit = 0; bit < line.length * 8; bit += 1) {
      const changed = Buffer.from(line);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(checkLine(changed).state).not.toBe('good');
    }
  });

  it('tells different invalid UTF-8 from each other', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await log.append(makeEvent(0, { target: 'a\ufffdb' }));
    await log.close();
    const [segment] = await segmentsOf(home);
    const bytes = readFileSync(segment?.path ?? '');
    const at = bytes.indexOf(Buffer.from('\ufffd'));
    // Both decode to the same text: EF BF BD, and EF BF cut short.
    const changed = Buffer.concat([bytes.subarray(0, at + 2), bytes.subarray(at + 3)]);
    expect(changed.toString()).toBe(bytes.toString());
    writeFileSync(segment?.path ?? '', changed);
    expect((await verifyAudit(home)).findings).toMatchObject([{ kind: 'edited', seq: 1, line: 1 }]);
  });

  it.each([
    ['an infinite number', '1e999'],
    ['nesting deeper than the stack', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('survives a line with %s', async (_, value) => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 1);
    await log.close();
    const [segment] = await segmentsOf(home);
    const { hash } = await import('node:crypto');
    const body = `{"detail":{"a":${value}},"event":"x","phase":"y","prev":"${'0'.repeat(64)}","seq":4,"time":"2026-07-28T12:00:00.000Z","writer":"${segment?.writer}"`;
    appendFileSync(segment?.path ?? '', `${body},"hash":"${hash('sha256', `${body}}`)}"}\n`);
    expect((await verifyAudit(home)).findings.map(({ kind }) => kind)).toEqual(['after_end', 'malformed']);
  });

  it('is green beside processes that write, rotate and prune', async () => {
    const home = temporaryFolder();
    const logs = Array.from({ length: 3 }, () => openLog(home, { maxSegmentBytes: 4000, checkpointEveryRecords: 5 }));
    let isWriting = true;
    const writers = logs.map(async (log, writer) => {
      for (let index = 0; index < 400; index += 1) {
        await log.append(makeEvent(index * 3 + writer));
        if (index % 50 === 0) await log.checkpoint();
        await turn();
      }
    });
    const verifying = (async () => {
      let runs = 0;
      for (; isWriting; runs += 1) expect((await verifyAudit(home)).findings).toEqual([]);
      return runs;
    })();
    await Promise.all(writers);
    isWriting = false;
    expect(await verifying).toBeGreaterThan(2);
    await Promise.all(logs.map((log) => log.close()));
    expect(await verifyAudit(home)).toMatchObject({ ok: true, unprotected: 0 });
  });
});

describe('heads', () => {
  it('are the newest checkpoints of all chains, and what a log is held against', async () => {
    const heads = await readHeads(`${closed}/audit-checkpoints`);
    expect(heads.map(({ writer, isFinal }) => [writer, isFinal])).toEqual(
      expect.arrayContaining([
        ['w1', true],
        ['w2', true],
      ]),
    );
    expect(heads).toHaveLength(2);
    expect(await verifyAudit({ ...auditPathsOf(closed), heads })).toMatchObject({ ok: true });
    expect((await verifyAudit({ ...auditPathsOf(temporaryFolder()), keysDirectory: `${closed}/keys`, heads })).findings.map(({ kind }) => kind)).toEqual([
      'segment_missing',
      'segment_missing',
    ]);
    expect(await readHeads(temporaryFolder())).toEqual([]);
  });
});

describe('what verification says', () => {
  it('explains the torn end of a chain whose writer was killed', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 3);
    await log.checkpoint();
    await appendEach(log, 2, 3);
    const [segment] = await segmentsOf(home);
    appendFileSync(segment?.path ?? '', '{"callId":"call-5","correl');
    const result = await verifyAudit(home);
    expect(result).toMatchObject({ ok: true, records: 6, unprotected: 2 });
    expect(result.notes.join('\n')).toMatch(/Line 7 of .* is the beginning of a record after record 6: its writer was killed while writing/);
    expect(result.notes.join('\n')).toContain('2 records lie behind the last checkpoint');
    await log.close();
  });

  it('does not accept a torn end that the last checkpoint covers', async () => {
    const home = copyOfClosed();
    const segment = segments.at(-1);
    writeFileSync(`${home}/audit/${segment?.name}`, segment?.bytes.subarray(0, -1) ?? '');
    expect((await verifyAudit(home)).findings).toMatchObject([{ kind: 'truncated', segment: segment?.name }]);
  });

  it('U2.d: tells what kind of trust the verdict deserves', async () => {
    const publicKey = readFileSync(`${closed}/keys/audit-signing.pub.pem`, 'utf8');
    expect(await verifyAudit(closed)).toMatchObject({ ok: true, trust: 'same-trust' });
    expect(await verifyAudit({ ...auditPathsOf(closed), publicKeys: [publicKey] })).toMatchObject({ ok: true, trust: 'external' });
    await expect(verifyAudit({ ...auditPathsOf(closed), publicKeys: ['no key'] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(verifyAudit({ ...auditPathsOf(closed), publicKeys: [readFileSync(`${closed}/keys/audit-hmac.key`, 'utf8')] })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it('is red without a key, and says so once', async () => {
    const home = copyOfClosed();
    rmSync(`${home}/keys`, { recursive: true });
    expect((await verifyAudit(home)).findings).toMatchObject([{ kind: 'key_missing' }]);
  });

  it('names files it did not look at, and does not fail for an empty home', async () => {
    const home = copyOfClosed();
    writeFileSync(`${home}/audit/notes.txt`, 'x');
    expect((await verifyAudit(home)).notes.join()).toContain('notes.txt');
    expect(await verifyAudit(temporaryFolder())).toMatchObject({
      ok: true,
      segments: 0,
      records: 0,
      notes: expect.arrayContaining(['There are no segments.']) as string[],
    });
  });

  it('accepts the segments alone, with a note that ends cannot be checked', async () => {
    const alone = { ...auditPathsOf(closed), checkpointDirectories: [] };
    const result = await verifyAudit(alone);
    expect(result).toMatchObject({ ok: true });
    expect(result.notes.join()).toContain('No second sink was given');
  });

  it('counts more findings than it keeps', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { writerId: 'w1' });
    await Promise.all(Array.from({ length: 1500 }, (_, index) => log.append(makeEvent(index))));
    await log.close();
    const [segment] = await segmentsOf(home);
    writeFileSync(segment?.path ?? '', readFileSync(segment?.path ?? '', 'utf8').replaceAll('"echo"', '"ecHo"'));
    const { findings, findingCount } = await verifyAudit(home);
    expect([findings.length, findingCount]).toEqual([1000, 1500]);
  });
});
