import { createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { AuditLog } from '../../../src/audit/audit-log.ts';
import { CHECKPOINT_FILE } from '../../../src/audit/checkpoint-sink.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { canonicalJson } from '../../../src/core/json.ts';
import { anchorsOf, appendEach, linesOf, makeEvent, openLog, parseLine, segmentsOf, temporaryFolder } from './audit-home.ts';
import { FailingIo, systemError } from './failing-io.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for what the timers started; `checkpoint` itself has nothing new to sign then. */
async function settled(log: AuditLog): Promise<void> {
  await turn();
  await log.checkpoint().catch(() => undefined);
}

async function checkpointsIn(home: string): Promise<Record<string, unknown>[]> {
  const lines = (await segmentsOf(home)).flatMap(({ path }) => linesOf(path).map(parseLine));
  return lines.filter(({ event }) => event === 'checkpoint').map(({ checkpoint }) => checkpoint as Record<string, unknown>);
}

describe('checkpoints', () => {
  it('U1.b: are signed with the key of the home, and the same in both sinks', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { writerId: 'w1' });
    await appendEach(log, 3);
    const head = log.head();
    await log.checkpoint();
    await log.close();
    const [first, last] = anchorsOf(home);
    expect(await checkpointsIn(home)).toEqual([first, last]);
    expect(first).toMatchObject({ ...head, v: 1, kind: 'audit-checkpoint', number: 1, anchored: 0, time: '2026-07-28T12:00:00.000Z' });
    expect(last).toMatchObject({ writer: 'w1', seq: 4, number: 2, anchored: 1, isFinal: true });
    const { signature, ...body } = first ?? {};
    const key = createPublicKey(readFileSync(`${home}/keys/audit-signing.pub.pem`));
    expect(verify(null, Buffer.from(canonicalJson(body)), key, Buffer.from(String(signature), 'hex'))).toBe(true);
  });

  it('come after so many records, behind the turn that wrote them', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { checkpointEveryRecords: 10 });
    await appendEach(log, 9);
    await turn();
    expect(existsSync(`${home}/keys/audit-signing.pem`)).toBe(false);
    await log.append(makeEvent(9));
    await settled(log);
    await Promise.all(Array.from({ length: 25 }, (_, index) => log.append(makeEvent(10 + index))));
    await settled(log);
    expect(anchorsOf(home)).toMatchObject([
      { seq: 10, number: 1 },
      { seq: 36, number: 2 },
    ]);
    await log.close();
  });

  it('come some time after the first record, then in intervals, and only when there is something new', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const home = temporaryFolder();
    const log = openLog(home, { announceAfterMs: 250, checkpointIntervalMs: 10_000 });
    const count = (): number => log.stats().checkpoints;
    await log.append(makeEvent(0));
    vi.advanceTimersByTime(249);
    expect([count(), existsSync(`${home}/keys/audit-signing.pem`)]).toEqual([0, false]);
    vi.advanceTimersByTime(1);
    expect(count()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(count()).toBe(1);
    await log.append(makeEvent(1));
    vi.advanceTimersByTime(9999);
    await log.append(makeEvent(2));
    expect(count()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(count()).toBe(2);
    vi.advanceTimersByTime(60_000);
    expect(count()).toBe(2);
    vi.useRealTimers();
    await log.close();
    expect(anchorsOf(home).map(({ seq }) => seq)).toEqual([1, 4, 5]);
  });

  it('reach the second sink only after the records are synced', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    await appendEach(log, 2);
    expect(disk.syncs).toBe(0);
    disk.syncError = systemError('EIO');
    await expect(log.checkpoint()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(existsSync(`${home}/audit-checkpoints`)).toBe(false);
    expect(log.stats()).toMatchObject({ pendingCheckpoints: 1, lastProblem: { code: 'AUDIT_UNAVAILABLE' } });
    disk.syncError = undefined;
    await appendEach(log, 2, 2);
    await log.checkpoint();
    // What the kernel may have dropped is in the old file; the records since are in a new one.
    expect((await segmentsOf(home)).map(({ number }) => number)).toEqual([1, 2]);
    expect(anchorsOf(home).map(({ number }) => number)).toEqual([1, 2]);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('wait for a second sink that takes nothing, while records go on', async () => {
    const home = temporaryFolder();
    const problems: string[] = [];
    const log = openLog(home, { onProblem: ({ code }) => problems.push(code) });
    mkdirSync(`${home}/audit-checkpoints/${CHECKPOINT_FILE}`, { recursive: true });
    await appendEach(log, 2);
    await expect(log.checkpoint()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await appendEach(log, 2, 2);
    await expect(log.checkpoint()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(problems.length).toBeGreaterThanOrEqual(2);
    expect(log.stats().pendingCheckpoints).toBe(2);
    rmSync(`${home}/audit-checkpoints`, { recursive: true });
    await appendEach(log, 1, 4);
    await log.checkpoint();
    await log.close();
    expect(anchorsOf(home).map(({ number, anchored }) => [number, anchored])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 3],
    ]);
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('stay readable beside what another process left unfinished', async () => {
    const home = temporaryFolder();
    const [one, two] = [openLog(home), openLog(home)];
    await appendEach(one, 1);
    await one.checkpoint();
    const path = `${home}/audit-checkpoints/${CHECKPOINT_FILE}`;
    writeFileSync(path, `\n${linesOf(path)[0]?.slice(0, 60)}`, { flag: 'a' });
    await appendEach(two, 1);
    await Promise.all([one.close(), two.close()]);
    const result = await verifyAudit(home);
    expect(result.findings).toEqual([]);
    expect(result.notes.join()).toContain('the beginning of a checkpoint whose writing was cut off');
  });
});

describe('rotation', () => {
  it('ends a segment with a checkpoint, links the next to it and announces it', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { maxSegmentBytes: 2000, writerId: 'w1' });
    for (let index = 0; index < 12; index += 1) {
      await log.append(makeEvent(index));
      await turn();
    }
    await log.close();
    const segments = await segmentsOf(home);
    expect(segments.length).toBeGreaterThanOrEqual(3);
    expect(segments.map(({ number }) => number)).toEqual(segments.map((_, index) => index + 1));
    const records = segments.map(({ path }) => linesOf(path).map(parseLine));
    for (const [index, { length }] of records.entries()) {
      const last = records[index]?.at(-1);
      expect(length).toBeGreaterThan(1);
      expect(last?.['event']).toBe('checkpoint');
      if (index === 0) continue;
      expect(records[index]?.[0]).toMatchObject({ prev: records[index - 1]?.at(-1)?.['hash'] });
      expect(records[index]?.[1]?.['event'], 'the announcement').toBe('checkpoint');
    }
    expect(await verifyAudit(home)).toMatchObject({ ok: true, segments: segments.length, unprotected: 0 });
  });

  it('opens another segment after a long rest, so that retention never removes one in use', async () => {
    const home = temporaryFolder();
    const clock = { at: 1e12, now: () => clock.at, monotonic: () => clock.at };
    const log = openLog(home, { clock });
    await appendEach(log, 2);
    clock.at += 12 * 3_600_000;
    await appendEach(log, 1, 2);
    expect(await segmentsOf(home)).toHaveLength(1);
    clock.at += 12 * 3_600_000 + 1;
    await appendEach(log, 1, 3);
    await log.close();
    expect(await segmentsOf(home)).toHaveLength(2);
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });
});
