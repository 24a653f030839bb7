import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../../src/audit/audit-log.ts';
import { listSegments } from '../../../src/audit/segment-name.ts';
import { auditPathsOf, verifyAudit } from '../../../src/audit/verify.ts';
import { appendEach, linesOf, makeEvent, NOON, openLog, parseLine, pathsOf, segmentsOf, temporaryFolder, TestClock } from './audit-home.ts';
import { FailingIo, systemError } from './failing-io.ts';

const refused = { code: 'AUDIT_UNAVAILABLE' };
const outcomeOf = async (written: Promise<void>): Promise<string> =>
  written.then(
    () => 'written',
    (error: { code: string }) => error.code,
  );

async function expectWhole(home: string, log: AuditLog, records: number): Promise<void> {
  await log.close();
  const result = await verifyAudit(home);
  expect(result.findings).toEqual([]);
  expect(result.records).toBe(records);
}

describe('a write that fails', () => {
  it('refuses every record of the turn and goes on from what is on disk', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    await appendEach(log, 3);
    const head = log.head();
    disk.writeError = systemError('ENOSPC');
    const outcomes = await Promise.all([log.append(makeEvent(3)), log.append(makeEvent(4))].map(outcomeOf));
    expect(outcomes).toEqual(['AUDIT_UNAVAILABLE', 'AUDIT_UNAVAILABLE']);
    expect(log.head()).toEqual(head);
    expect(log.stats().failedWrites).toBe(1);
    disk.writeError = undefined;
    await log.append(makeEvent(5));
    expect(log.head().seq).toBe(4);
    await expectWhole(home, log, 5);
  });

  it('asks the full folder once per turn and makes no second file in it', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    let attempts = 0;
    const log = openLog(home, {
      io: {
        ...disk.io,
        write: (descriptor, bytes, offset) => {
          attempts += 1;
          return disk.io.write(descriptor, bytes, offset);
        },
      },
    });
    await appendEach(log, 2);
    disk.room = 0;
    await expect(log.append(makeEvent(2))).rejects.toMatchObject(refused);
    await expect(log.append(makeEvent(3))).rejects.toMatchObject(refused);
    expect(attempts).toBe(4);
    disk.room = Infinity;
    await expectWhole(home, log, 3);
  });

  it('takes half a line back', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    await appendEach(log, 2);
    const [segment] = await segmentsOf(home);
    const before = readFileSync(segment?.path ?? '', 'utf8');
    for (const room of [1, 100, 700, 1500]) {
      disk.room = room;
      await expect(Promise.all([log.append(makeEvent(2)), log.append(makeEvent(3)), log.append(makeEvent(4))])).rejects.toMatchObject(refused);
      expect(readFileSync(segment?.path ?? '', 'utf8')).toBe(before);
    }
    disk.room = Infinity;
    await appendEach(log, 2, 2);
    await expectWhole(home, log, 5);
  });

  it('finishes a write that the system takes in pieces', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const pieces = {
      ...disk.io,
      write: (descriptor: number, bytes: Uint8Array, offset: number) => disk.io.write(descriptor, bytes.subarray(0, offset + 100), offset),
    };
    const log = openLog(home, { io: pieces });
    await appendEach(log, 3);
    expect(disk.writes).toBeGreaterThan(15);
    await expectWhole(home, log, 4);
  });

  it('leaves a file alone that can be neither finished nor taken back, and keeps the whole lines in the chain', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    await appendEach(log, 2);
    const length = linesOf((await segmentsOf(home))[0]?.path ?? '').map((line) => Buffer.byteLength(line) + 1)[1] ?? 0;
    disk.room = 2 * length + 50;
    disk.truncateError = systemError('EIO');
    const outcomes = await Promise.all([2, 3, 4, 5].map((index) => outcomeOf(log.append(makeEvent(index)))));
    expect(new Set(outcomes)).toEqual(new Set(['AUDIT_UNAVAILABLE']));
    expect(log.head().seq).toBe(4);
    disk.room = Infinity;
    disk.truncateError = undefined;
    await appendEach(log, 2, 6);
    await log.close();
    const [first, second] = await segmentsOf(home);
    expect(linesOf(first?.path ?? '').at(-1)).toHaveLength(50);
    expect(linesOf(second?.path ?? '').map((line) => parseLine(line)['callId'])).toEqual(['call-6', 'call-7', undefined]);
    const result = await verifyAudit(home);
    expect(result).toMatchObject({ ok: true, records: 7 });
    expect(result.notes.join()).toContain('the beginning of a record after record 4: a later segment goes on');
  });

  it('tries a new file when the old one is bad', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const bad = new Set<number>();
    const guard = (descriptor: number): void => {
      if (bad.has(descriptor)) throw systemError('EBADF');
    };
    const log = openLog(home, {
      io: {
        ...disk.io,
        write: (descriptor, bytes, offset) => {
          guard(descriptor);
          if (bad.size === 0 && log.head().seq === 2) bad.add(descriptor);
          guard(descriptor);
          return disk.io.write(descriptor, bytes, offset);
        },
        stat: (descriptor) => {
          guard(descriptor);
          return disk.io.stat(descriptor);
        },
      },
    });
    await appendEach(log, 4);
    expect((await segmentsOf(home)).map(({ number }) => number)).toEqual([1, 2]);
    await expectWhole(home, log, 5);
  });

  it('does not leave empty files behind for every attempt', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    disk.writeError = systemError('ENOSPC');
    for (let index = 0; index < 5; index += 1) await expect(log.append(makeEvent(index))).rejects.toMatchObject(refused);
    expect(await segmentsOf(home)).toEqual([]);
    disk.writeError = undefined;
    await log.append(makeEvent(5));
    expect(await segmentsOf(home)).toMatchObject([{ number: 1 }]);
    await expectWhole(home, log, 2);
  });

  it('gives AUDIT_UNAVAILABLE without a path when the folder cannot be made, and recovers', async () => {
    const home = temporaryFolder();
    writeFileSync(`${home}/audit`, 'in the way');
    const log = openLog(home);
    const error: unknown = await log.append(makeEvent(0)).catch((reason: unknown) => reason);
    expect(error).toMatchObject(refused);
    expect(JSON.stringify([(error as Error).message, (error as { fix: string }).fix])).not.toContain(home);
    rmSync(`${home}/audit`);
    await log.append(makeEvent(1));
    await expectWhole(home, log, 2);
  });

  it('refuses one record whose input is no JSON, and no other', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const outcomes = await Promise.all([log.append(makeEvent(0)), log.append(makeEvent(1, { input: cycle })), log.append(makeEvent(2))].map(outcomeOf));
    expect(outcomes).toEqual(['written', 'INTERNAL', 'written']);
    await expectWhole(home, log, 3);
  });

  it('does not end the process when nobody waits for the record', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    disk.writeError = systemError('EROFS');
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    void log.append(makeEvent(0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(log.stats().failedWrites).toBe(1);
    expect(unhandled).toEqual([]);
  });
});

describe('the fallback folder', () => {
  const both = (home: string) => ({ ...auditPathsOf(home), directories: [`${home}/audit`, `${home}/aside`] });

  it('takes the records while the first folder does not, and gives way again', async () => {
    const [home, clock] = [temporaryFolder(), new TestClock()];
    const log = openLog(home, { fallbackDirectory: `${home}/aside`, clock });
    writeFileSync(`${home}/audit`, 'in the way');
    await appendEach(log, 3);
    rmSync(`${home}/audit`);
    await appendEach(log, 2, 3);
    expect(readdirSync(`${home}/aside`)).toHaveLength(1);
    clock.advance(601_000);
    await appendEach(log, 2, 5);
    await log.close();
    expect(readdirSync(`${home}/audit`)).toHaveLength(1);
    expect(await verifyAudit(both(home))).toMatchObject({ ok: true, records: 8, segments: 2 });
    expect(await verifyAudit(home)).toMatchObject({ ok: false });
  });

  it('takes what the first folder could not finish, so that no record is refused', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, {
      fallbackDirectory: `${home}/aside`,
      io: {
        ...disk.io,
        // The broken file cannot be made whole; the next one finds room.
        truncate: () => {
          disk.room = Infinity;
          throw systemError('EIO');
        },
      },
    });
    await appendEach(log, 2);
    disk.room = 900;
    await Promise.all([2, 3, 4].map((index) => log.append(makeEvent(index))));
    await log.close();
    const calls = (await listSegments(both(home).directories)).segments.map(({ path }) =>
      linesOf(path)
        .filter((line) => line.endsWith('}'))
        .map((line) => parseLine(line)['callId']),
    );
    expect(calls).toEqual([
      ['call-0', 'call-1', 'call-2'],
      ['call-3', 'call-4', undefined],
    ]);
    expect(await verifyAudit(both(home))).toMatchObject({ ok: true, records: 6 });
  });
});

describe('signing keys that become unusable', () => {
  it('make the log refuse records until they are usable again', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { checkpointEveryRecords: 2 });
    mkdirSync(`${home}/keys`, { mode: 0o700 });
    await log.append(makeEvent(0));
    writeFileSync(`${home}/keys/audit-signing.pem`, 'no key', { mode: 0o600 });
    await log.append(makeEvent(1));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(log.append(makeEvent(2))).rejects.toMatchObject({ ...refused, message: expect.stringContaining('audit-signing.pem') as string });
    expect(log.stats().lastProblem).toMatchObject(refused);
    rmSync(`${home}/keys/audit-signing.pem`);
    await log.append(makeEvent(3));
    expect(log.head().seq).toBeGreaterThanOrEqual(3);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('refuse the first record when others can read them', async () => {
    const home = temporaryFolder();
    mkdirSync(pathsOf(home).keysDirectory, { mode: 0o700 });
    writeFileSync(`${home}/keys/audit-signing.pem`, 'x', { mode: 0o644 });
    const log = openLog(home);
    await expect(log.append({ event: 'gateway_started', phase: 'notice', at: NOON })).rejects.toMatchObject({ code: 'HOME_INSECURE' });
    expect(await segmentsOf(home)).toEqual([]);
  });
});
