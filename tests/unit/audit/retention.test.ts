import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { AuditLog } from '../../../src/audit/audit-log.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { sealRow } from '../../attacks/audit/forger.ts';
import { anchorsOf, appendEach, linesOf, makeEvent, openLog, parseLine, segmentsOf, temporaryFolder } from './audit-home.ts';
import { FailingIo, systemError } from './failing-io.ts';

const DAYS_30 = { retentionDays: 30, clock: systemClock };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes the files look as if nobody had written to them for so many days. */
async function age(home: string, days: number, isChosen: (name: string) => boolean = () => true): Promise<void> {
  const at = systemClock.now() / 1000 - days * 86_400;
  for (const { path, name } of await segmentsOf(home)) if (isChosen(name)) utimesSync(path, at, at);
}

/** A chain of several segments. */
async function fill(log: AuditLog, records: number): Promise<void> {
  for (let index = 0; index < records; index += 1) {
    await log.append(makeEvent(index));
    await turn();
  }
}

describe('retention', () => {
  it('U2.c: removes whole old segments, says so in a signed checkpoint and keeps the chain green', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { ...DAYS_30, maxSegmentBytes: 2000, writerId: 'w1' });
    await fill(log, 12);
    const before = await segmentsOf(home);
    await age(home, 31, (name) => /-[123]\.jsonl$/.test(name));
    const removed = await log.prune();
    expect(removed.map(({ segment }) => segment)).toEqual(before.slice(0, 3).map(({ name }) => name));
    expect((await segmentsOf(home)).map(({ name }) => name)).toEqual(expect.arrayContaining(before.slice(3).map(({ name }) => name)));
    const [oldest] = await segmentsOf(home);
    expect(parseLine(linesOf(oldest?.path ?? '')[0])).toMatchObject({ prev: removed.at(-1)?.hash, seq: (removed.at(-1)?.toSeq ?? 0) + 1 });
    expect(anchorsOf(home).at(-1)).toMatchObject({ pruned: removed });
    await log.close();
    const result = await verifyAudit(home);
    expect(result).toMatchObject({ ok: true, pruned: removed });
    expect(result.notes.join()).toContain('Retention removed 3 segments');
  });

  it('removes the chains of processes that are gone, from any process', async () => {
    const home = temporaryFolder();
    for (const writerId of ['old1', 'old2']) {
      const log = openLog(home, { writerId });
      await appendEach(log, 3);
      await log.close();
    }
    const killed = openLog(home, { writerId: 'killed' });
    await appendEach(killed, 2);
    await age(home, 31);
    const log = openLog(home, DAYS_30);
    await log.append(makeEvent(0));
    expect((await log.prune()).map(({ writer, fromSeq, toSeq }) => [writer, fromSeq, toSeq])).toEqual([
      ['killed', 1, 2],
      ['old1', 1, 4],
      ['old2', 1, 4],
    ]);
    expect(await segmentsOf(home)).toHaveLength(1);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true, records: 3 });
  });

  it('does not excuse records that somebody adds to a chain that is gone', async () => {
    const home = temporaryFolder();
    const old = openLog(home, { writerId: 'old' });
    await appendEach(old, 3);
    const row = parseLine(linesOf((await segmentsOf(home))[0]?.path ?? '')[0]);
    await old.close();
    await age(home, 31);
    const log = openLog(home, DAYS_30);
    await log.append(makeEvent(0));
    const [removed] = await log.prune();
    await log.close();
    const path = `${home}/audit/old-1-2.jsonl`;
    for (const [prev, kinds] of [
      [removed?.hash, ['after_end']],
      ['f'.repeat(64), ['segment_missing', 'after_end']],
    ] as const) {
      writeFileSync(path, `${sealRow({ ...row, seq: (removed?.toSeq ?? 0) + 1, prev })}\n`);
      expect((await verifyAudit(home)).findings.map(({ kind }) => kind)).toEqual(kinds);
    }
    rmSync(path);
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('keeps the segment it writes to, what is young, and everything behind what is young', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { ...DAYS_30, maxSegmentBytes: 2000 });
    await fill(log, 12);
    const { length } = await segmentsOf(home);
    expect(await log.prune()).toEqual([]);
    await age(home, 29);
    expect(await log.prune()).toEqual([]);
    await age(home, 31, (name) => !name.endsWith('-1.jsonl'));
    expect(await log.prune()).toEqual([]);
    await age(home, 31);
    expect(await log.prune()).toHaveLength(length - 1);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('removes nothing when none is set, and nothing that does not end in a record', async () => {
    const home = temporaryFolder();
    const old = openLog(home);
    await appendEach(old, 3);
    await old.close();
    const [segment] = await segmentsOf(home);
    await age(home, 400);
    const forever = openLog(home);
    await forever.append(makeEvent(0));
    expect(await forever.prune()).toEqual([]);
    writeFileSync(segment?.path ?? '', 'tampered\n', { flag: 'a' });
    await age(home, 400, (name) => name === segment?.name);
    const log = openLog(home, DAYS_30);
    await log.append(makeEvent(0));
    expect(await log.prune()).toEqual([]);
    expect(readdirSync(`${home}/audit`)).toContain(segment?.name);
    await Promise.all([forever.close(), log.close()]);
  });

  it('removes nothing that the second sink was not told of', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const old = openLog(home);
    await appendEach(old, 3);
    await old.close();
    await age(home, 31);
    const log = openLog(home, { ...DAYS_30, io: disk.io });
    await log.append(makeEvent(0));
    disk.syncError = systemError('EIO');
    await expect(log.prune()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await segmentsOf(home)).toHaveLength(2);
    disk.syncError = undefined;
    expect(await log.prune()).toHaveLength(1);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('happens by itself, without being waited for', async () => {
    const home = temporaryFolder();
    const old = openLog(home);
    await appendEach(old, 3);
    await old.close();
    await age(home, 31);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const log = openLog(home, DAYS_30);
    await log.append(makeEvent(0));
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await vi.waitFor(async () => expect(await segmentsOf(home)).toHaveLength(1));
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });
});
