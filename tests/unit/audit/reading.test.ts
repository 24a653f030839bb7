import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_COLUMNS, exportRecords, type ExportFormat } from '../../../src/audit/export.ts';
import { queryAudit, type AuditFilter } from '../../../src/audit/query.ts';
import type { Order } from '../../../src/audit/records.ts';
import { tailAudit } from '../../../src/audit/tail.ts';
import type { AuditRecord } from '../../../src/contracts/audit.ts';
import { appendEach, linesOf, makeEvent, NOON, openLog, parseLine, segmentsOf, temporaryFolder } from './audit-home.ts';

const callsOf = (records: readonly AuditRecord[]): unknown[] => records.map(({ callId }) => callId);
const calls = (...numbers: number[]): string[] => numbers.map((number) => `call-${number}`);
const descending = (from: number, to: number): string[] => calls(...Array.from({ length: from - to + 1 }, (_, index) => from - index));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const query = async (home: string, filter?: AuditFilter, order?: Order): Promise<AuditRecord[]> => collect(queryAudit([`${home}/audit`], filter, order));

/** Events 0…29 dealt to three writers, with checkpoints and rotation in between. */
async function threeWriters(home: string): Promise<void> {
  const logs = [1000, 3000, 1e6].map((maxSegmentBytes) => openLog(home, { maxSegmentBytes, checkpointEveryRecords: 4 }));
  for (let index = 0; index < 30; index += 1) {
    await logs[index % 3]?.append(makeEvent(index));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(logs.map((log) => log.close()));
}

describe('recent records', () => {
  it('come newest first, from memory and from the files of all processes', async () => {
    const home = temporaryFolder();
    const [one, two] = [openLog(home, { maxSegmentBytes: 1500 }), openLog(home)];
    expect(await one.recent(5)).toEqual([]);
    for (let index = 0; index < 20; index += 1) await (index % 2 === 0 ? one : two).append(makeEvent(index));
    await two.close();
    for (const log of [one, two, openLog(home)]) {
      expect(callsOf(await log.recent(7))).toEqual(descending(19, 13));
      expect(callsOf(await log.recent(1000))).toEqual(descending(19, 0));
      expect(await log.recent(0)).toEqual([]);
    }
    await one.close();
  });

  it('reach back beyond what is kept in memory', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { checkpointEveryRecords: 50 });
    await appendEach(log, 450);
    expect(callsOf(await log.recent(3))).toEqual(descending(449, 447));
    expect(callsOf(await log.recent(200))).toEqual(descending(449, 250));
    expect(callsOf(await log.recent(440))).toEqual(descending(449, 10));
    await log.close();
  });

  it('leave out what is not on disk, and lines that are no records', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 2);
    void log.append(makeEvent(2));
    expect(callsOf(await log.recent(5))).toEqual(expect.arrayContaining(calls(1, 0)));
    await log.close();
    appendFileSync((await segmentsOf(home))[0]?.path ?? '', 'nonsense\n{"seq":9}\n{"half');
    expect(callsOf(await openLog(home).recent(5))).toEqual(calls(2, 1, 0));
  });
});

describe('U2.b: a query', () => {
  it('merges all chains by time, from either end', async () => {
    const home = temporaryFolder();
    await threeWriters(home);
    expect(callsOf(await query(home))).toEqual(descending(29, 0));
    expect(callsOf(await query(home, {}, 'oldest'))).toEqual(descending(29, 0).reverse());
    expect(callsOf(await query(home, { limit: 4 }))).toEqual(descending(29, 26));
    expect(await query(home, { limit: 0 })).toEqual([]);
    expect((await query(home, { event: 'checkpoint' })).length).toBeGreaterThan(5);
    expect(await query(temporaryFolder())).toEqual([]);
  });

  it('finds by every field of the filter', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await log.append(makeEvent(0));
    await log.append(makeEvent(1, { event: 'auth_failed', principal: 'key:other' }));
    await log.append(makeEvent(2, { target: 'write_file', outcome: 'PERMISSION_DENIED' }));
    await log.append(makeEvent(3, { correlationId: 'mine' }));
    await log.close();
    const filters: [AuditFilter, string[]][] = [
      [{ event: 'auth_failed' }, calls(1)],
      [{ principal: 'key:other' }, calls(1)],
      [{ target: 'write_file' }, calls(2)],
      [{ outcome: 'PERMISSION_DENIED' }, calls(2)],
      [{ correlationId: 'mine' }, calls(3)],
      [{ outcome: 'ok', target: 'echo' }, calls(3, 1, 0)],
      [{ since: NOON + 2 }, calls(3, 2)],
      [{ until: NOON + 1 }, calls(1, 0)],
      [{ since: NOON + 1, until: NOON + 2 }, calls(2, 1)],
      [{ event: 'auth_failed', outcome: 'PERMISSION_DENIED' }, []],
      [{ target: 'ech' }, []],
    ];
    for (const [filter, expected] of filters) expect([filter, callsOf(await query(home, filter))]).toEqual([filter, expected]);
  });

  it('keeps the order of writing where records carry the time their call began', async () => {
    const home = temporaryFolder();
    const [one, two] = [openLog(home), openLog(home)];
    await one.append(makeEvent(0));
    await one.append(makeEvent(1, { at: NOON + 2000 }));
    await one.append(makeEvent(2, { at: NOON - 3_600_000, durationMs: 3_602_500 }));
    await two.append(makeEvent(3, { at: NOON + 1000 }));
    await two.append(makeEvent(4, { at: NOON + 3000 }));
    expect(callsOf(await query(home, {}, 'oldest'))).toEqual(calls(0, 3, 1, 2, 4));
    expect(callsOf(await query(home))).toEqual(calls(4, 2, 1, 3, 0));
    expect(callsOf(await query(home, { until: NOON }))).toEqual(calls(2, 0));
    expect(callsOf(await two.recent(3))).toEqual(calls(4, 2, 1));
    await Promise.all([one.close(), two.close()]);
  });

  it('gives what a search through all records gives, for any times and writers', async () => {
    const anyRecords = fc.array(fc.record({ writer: fc.integer({ min: 0, max: 3 }), step: fc.constantFrom(0, 1, 1000, 86_400_000) }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(anyRecords, fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0, max: 25 }), async (dealt, from, to) => {
        const home = temporaryFolder();
        const logs = [0, 1, 2, 3].map(() => openLog(home, { maxSegmentBytes: 1200 }));
        let at = NOON;
        const times: number[] = [];
        for (const [index, { writer, step }] of dealt.entries()) {
          at += step;
          times.push(at);
          await logs[writer]?.append(makeEvent(index, { at }));
        }
        await Promise.all(logs.map((log) => log.close()));
        const filter = { since: times[from], until: times[to] };
        const expected = times.filter((time) => time >= (filter.since ?? -Infinity) && time <= (filter.until ?? Infinity));
        const seen = async (order: Order): Promise<number[]> => (await query(home, filter, order)).map(({ time }) => Date.parse(time));
        expect(await seen('oldest')).toEqual(expected);
        expect(await seen('newest')).toEqual(expected.toReversed());
      }),
      { numRuns: 25 },
    );
  });
});

describe('the tail', () => {
  it('shows the last records and ends, when it does not follow', async () => {
    const home = temporaryFolder();
    await threeWriters(home);
    expect(callsOf(await collect(tailAudit({ directories: [`${home}/audit`], last: 5, isFollowing: false })))).toEqual(calls(25, 26, 27, 28, 29));
  });

  it('follows all processes, new files and half lines, without losing or repeating a record', async () => {
    const home = temporaryFolder();
    const first = openLog(home, { maxSegmentBytes: 1500 });
    await appendEach(first, 10);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const tail = (async () => {
      for await (const { callId } of tailAudit({ directories: [`${home}/audit`], last: 3, pollMs: 1, signal: stop.signal })) {
        seen.push(callId);
        if (seen.length === 3) await appendEach(first, 10, 10);
        if (callId === 'call-19') await splitLine(home, 20);
        if (callId === 'call-20') stop.abort();
      }
    })();
    await tail;
    expect(seen).toEqual(calls(7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
    await first.close();
  });

  it('begins in the middle of the writing without losing or repeating a record', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { maxSegmentBytes: 20_000 });
    await appendEach(log, 50);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const writing = appendEach(log, 250, 50);
    for await (const { callId } of tailAudit({ directories: [`${home}/audit`], last: 1000, pollMs: 1, signal: stop.signal })) {
      seen.push(callId);
      if (callId === 'call-299') stop.abort();
    }
    await writing;
    expect(seen).toEqual(descending(299, 0).reverse());
    await log.close();
  });

  it('ends quietly when it is told to before anything happens', async () => {
    const stop = AbortSignal.timeout(5);
    expect(await collect(tailAudit({ directories: [temporaryFolder()], signal: stop }))).toEqual([]);
  });
});

/** Writes a record of a writer of its own in two halves, the second some looks later. */
async function splitLine(home: string, index: number): Promise<void> {
  const elsewhere = temporaryFolder();
  const log = openLog(elsewhere);
  await log.append(makeEvent(index));
  const [segment] = await segmentsOf(elsewhere);
  const text = readFileSync(segment?.path ?? '', 'utf8');
  await log.close();
  const path = `${home}/audit/${segment?.name}`;
  writeFileSync(path, text.slice(0, 100));
  setTimeout(() => appendFileSync(path, text.slice(100)), 15);
}

describe('an export', () => {
  async function exported(format: ExportFormat, events: readonly ReturnType<typeof makeEvent>[]): Promise<{ text: string; home: string }> {
    const home = temporaryFolder();
    const log = openLog(home);
    for (const event of events) await log.append(event);
    await log.close();
    const pieces = await collect(exportRecords(queryAudit([`${home}/audit`], {}, 'oldest'), format));
    return { text: pieces.join(''), home };
  }

  it('gives the records as lines or as one array', async () => {
    const events = [makeEvent(0), makeEvent(1)];
    const { text, home } = await exported('jsonl', events);
    expect(text.split('\n').filter(Boolean)).toEqual(linesOf((await segmentsOf(home))[0]?.path ?? '').slice(0, 2));
    expect(callsOf(JSON.parse((await exported('json', events)).text) as AuditRecord[])).toEqual(calls(0, 1));
    expect(JSON.parse((await exported('json', [])).text)).toEqual([]);
    expect((await exported('jsonl', [])).text).toBe('');
  });

  it('quotes CSV cells and takes the force out of formulas', async () => {
    const { text } = await exported('csv', [
      makeEvent(0, {
        target: '=HYPERLINK("http://evil","x")',
        client: 'a "b", c',
        rule: '+1',
        method: '-2+3',
        principal: '@SUM(A1)',
        door: '\tx',
        source: 'line\nbreak',
        detail: { count: 1 },
      }),
    ]);
    const [header, row = ''] = text.split('\r\n');
    expect(header).toBe(CSV_COLUMNS.join(','));
    const cells = [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
    const cell = (name: (typeof CSV_COLUMNS)[number]): string | undefined => cells[CSV_COLUMNS.indexOf(name)];
    expect(cells).toHaveLength(CSV_COLUMNS.length);
    expect(cell('target')).toBe(`'=HYPERLINK("http://evil","x")`);
    expect([cell('rule'), cell('method'), cell('principal'), cell('door')]).toEqual(["'+1", "'-2+3", "'@SUM(A1)", "'\tx"]);
    expect([cell('client'), cell('source'), cell('detail'), cell('seq'), cell('parentId')]).toEqual(['a "b", c', 'line\nbreak', '{"count":1}', '1', '']);
    expect(cells.some((value) => /^[=+\-@\t\r]/.test(value ?? ''))).toBe(false);
  });

  it('has a column for every member a record can have', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await log.append(makeEvent(0, { parentId: 'p', traceparent: 't', client: 'c', detail: { a: 1 } }));
    await log.close();
    const members = linesOf((await segmentsOf(home))[0]?.path ?? '').flatMap((line) => Object.keys(parseLine(line)));
    expect(new Set(members)).toEqual(new Set(CSV_COLUMNS));
  });
});
