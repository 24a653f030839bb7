/** U1: a disk that takes no more. A real file system of 128 KiB where the test may mount one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { queryAudit } from '../../../src/audit/query.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { makeEvent, openLog } from '../../unit/audit/audit-home.ts';

const root = mkdtempSync(`${tmpdir()}/switchyard-full-`);
const mounted: string[] = [];

function mount(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    mounted.push(folder);
    return true;
  } catch {
    return false;
  }
}

const canMount = mount(`${root}/probe`, 'size=64k');
let home = '';
let count = 0;

beforeEach(() => {
  count += 1;
  home = `${root}/${count}`;
});
afterAll(() => {
  for (const folder of mounted) execFileSync('umount', [folder]);
  rmSync(root, { recursive: true });
});

async function callsIn(folder: string): Promise<string[]> {
  const calls: string[] = [];
  for await (const { callId } of queryAudit([`${folder}/audit`], {}, 'oldest')) calls.push(String(callId));
  return calls;
}

/** Appends in turns of several records; returns the calls whose record was accepted and the codes of the others. */
async function appendTurns(log: ReturnType<typeof openLog>, from: number, turns: number): Promise<{ accepted: string[]; refused: Set<string> }> {
  const accepted: string[] = [];
  const refused = new Set<string>();
  for (let turn = 0; turn < turns; turn += 1) {
    const calls = [0, 1, 2].map((offset) => from + turn * 3 + offset);
    await Promise.all(
      calls.map((call) =>
        log.append(makeEvent(call, { client: 'x'.repeat(call % 700) })).then(
          () => accepted.push(`call-${call}`),
          ({ code }: { code: string }) => refused.add(code),
        ),
      ),
    );
  }
  return { accepted, refused };
}

// Without the right to mount, unit/audit/write-failures covers the same with a file system that fails on demand.
describe.skipIf(!canMount)('a disk that is full', () => {
  it('refuses with AUDIT_UNAVAILABLE, holds exactly the accepted records, and accepts again when there is room', async () => {
    mount(`${home}/audit`, 'size=128k');
    const filler = `${home}/audit/filler.bin`;
    writeFileSync(filler, Buffer.alloc(40_000));
    const log = openLog(home, { checkpointEveryRecords: 10 });
    const first = await appendTurns(log, 0, 60);
    expect(first.refused).toEqual(new Set(['AUDIT_UNAVAILABLE']));
    expect(first.accepted.length).toBeGreaterThan(20);
    expect(statfsSync(`${home}/audit`).bavail).toBe(0);
    expect(await callsIn(home)).toEqual(first.accepted);
    expect((await verifyAudit(home)).findings).toEqual([]);
    expect(log.stats().failedWrites).toBeGreaterThan(0);

    unlinkSync(filler);
    const second = await appendTurns(log, 1000, 10);
    expect(second.refused).toEqual(new Set());
    await log.close();
    expect(await callsIn(home)).toEqual([...first.accepted, ...second.accepted]);
    expect(await verifyAudit(home)).toMatchObject({ ok: true, findings: [], unprotected: 0 });
  });

  it('hands the records over to the fallback folder, so that none is refused', async () => {
    mount(`${home}/audit`, 'size=64k');
    const log = openLog(home, { checkpointEveryRecords: 10, fallbackDirectory: `${home}/aside` });
    const { accepted, refused } = await appendTurns(log, 0, 60);
    await log.close();
    expect([accepted.length, refused.size]).toEqual([180, 0]);
    const both = { directories: [`${home}/audit`, `${home}/aside`], checkpointDirectories: [`${home}/audit-checkpoints`], keysDirectory: `${home}/keys` };
    expect(await verifyAudit(both)).toMatchObject({ ok: true, findings: [], segments: 2 });
  });

  it('does not stop the records when only the second sink is full, and catches up', async () => {
    mount(`${home}/audit-checkpoints`, 'size=4k');
    const filler = `${home}/audit-checkpoints/filler.bin`;
    writeFileSync(filler, Buffer.alloc(4096));
    const log = openLog(home, { checkpointEveryRecords: 10 });
    const { accepted, refused } = await appendTurns(log, 0, 12);
    expect([accepted.length, refused.size]).toEqual([36, 0]);
    await expect(log.checkpoint()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(log.stats().pendingCheckpoints).toBeGreaterThan(1);
    unlinkSync(filler);
    await log.append(makeEvent(99));
    await log.checkpoint();
    expect(log.stats().pendingCheckpoints).toBe(0);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true, findings: [] });
  });

  it('refuses on a read-only disk, and accepts when it can be written to again', async () => {
    mount(`${home}/audit`, 'size=64k,ro');
    const log = openLog(home);
    await expect(log.append(makeEvent(0))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', cause: { code: 'EROFS' } });
    execFileSync('mount', ['-o', 'remount,rw', `${home}/audit`]);
    await log.append(makeEvent(1));
    await log.close();
    expect(await callsIn(home)).toEqual(['call-1']);
    expect(await verifyAudit(home)).toMatchObject({ ok: true });
  });

  it('refuses records whose HMAC needs a key that cannot be made', async () => {
    mount(`${home}/keys`, 'size=64k,ro,mode=700');
    const log = openLog(home);
    await expect(log.append(makeEvent(0))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    execFileSync('mount', ['-o', 'remount,rw', `${home}/keys`]);
    await log.append(makeEvent(1));
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true, records: 2 });
  });
});
