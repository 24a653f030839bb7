import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENESIS } from '../../../src/audit/record-text.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { readSources } from '../../architecture/source-files.ts';
import { appendEach, linesOf, makeEvent, NOON, openLog, parseLine, segmentsOf, temporaryFolder } from './audit-home.ts';
import { FailingIo } from './failing-io.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the audit log', () => {
  it('touches nothing before its first record, and then makes only the folder, the file and the key of the HMAC', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    expect(log.head()).toMatchObject({ seq: 0, hash: GENESIS, segment: '' });
    expect(readdirSync(home)).toEqual([]);
    await log.append({ event: 'gateway_started', phase: 'notice', at: NOON });
    expect(readdirSync(home)).toEqual(['audit']);
    await log.append(makeEvent(1));
    expect(readdirSync(`${home}/keys`)).toEqual(['audit-hmac.key']);
    const [segment] = await segmentsOf(home);
    expect([modeOf(`${home}/audit`), modeOf(segment?.path ?? '')]).toEqual(['700', '600']);
    await log.close();
  });

  it('leaves no trace when it is closed without a record', async () => {
    const home = temporaryFolder();
    await openLog(home).close();
    expect(readdirSync(home)).toEqual([]);
  });

  it('has the record on disk when the append resolves', async () => {
    const home = temporaryFolder();
    const log = openLog(home, { writerId: 'w1' });
    for (let index = 0; index < 5; index += 1) {
      await log.append(makeEvent(index));
      const lines = linesOf((await segmentsOf(home))[0]?.path ?? '');
      expect(lines).toHaveLength(index + 1);
      expect(parseLine(lines.at(-1))).toMatchObject({ seq: index + 1, writer: 'w1', hash: log.head().hash });
    }
    await log.close();
  });

  it('links each record to the one before', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 4);
    await log.close();
    const records = linesOf((await segmentsOf(home))[0]?.path ?? '').map(parseLine);
    expect(records.map(({ prev }) => prev)).toEqual([GENESIS, ...records.slice(0, -1).map(({ hash }) => hash)]);
  });

  it('shares one write and one promise among the records of a turn', async () => {
    const [home, disk] = [temporaryFolder(), new FailingIo()];
    const log = openLog(home, { io: disk.io });
    const promises = Array.from({ length: 50 }, (_, index) => log.append(makeEvent(index)));
    expect(new Set(promises).size).toBe(1);
    expect(disk.writes).toBe(0);
    await Promise.all(promises);
    expect(disk.writes).toBe(1);
    expect(log.head().seq).toBe(50);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true, records: 51 });
  });

  it('U1.f: writes the HMAC of the input and never the input', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    const input = { path: 'plan.txt', content: 'MARKER-7f3a' };
    await log.append(makeEvent(0, { input }));
    await log.append(makeEvent(1, { input: undefined }));
    await log.append(makeEvent(2, { input: null }));
    await log.close();
    const text = readFileSync((await segmentsOf(home))[0]?.path ?? '', 'utf8');
    const key = Buffer.from(readFileSync(`${home}/keys/audit-hmac.key`, 'utf8').trim(), 'hex');
    const [first, second, third] = text.split('\n').map((line) => (line === '' ? {} : parseLine(line)));
    expect(text).not.toContain('MARKER');
    expect(first?.['inputHmac']).toBe(createHmac('sha256', key).update(JSON.stringify(input)).digest('hex'));
    expect(second).not.toHaveProperty('inputHmac');
    expect(third?.['inputHmac']).toBe(createHmac('sha256', key).update('null').digest('hex'));
  });

  it('writes what is queued when it is closed, and refuses what comes later', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    const queued = log.append(makeEvent(0));
    const closed = log.close();
    await expect(log.append(makeEvent(1))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await Promise.all([queued, closed]);
    await log.close();
    expect(await verifyAudit(home)).toMatchObject({ ok: true, records: 2 });
  });

  it('keeps processes of one home apart, and one writer id from being used twice', async () => {
    const home = temporaryFolder();
    const logs = [openLog(home), openLog(home), openLog(home)];
    await Promise.all(logs.map((log) => appendEach(log, 20)));
    await Promise.all(logs.map((log) => log.close()));
    expect(new Set((await segmentsOf(home)).map(({ writer }) => writer)).size).toBe(3);
    expect(await verifyAudit(home)).toMatchObject({ ok: true, records: 63, segments: 3 });
    expect(() => openLog(home, { writerId: '../x' })).toThrow(expect.objectContaining({ code: 'INTERNAL' }) as Error);
  });

  it('notices at the next checkpoint that its file was deleted, and goes on in a new one', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 2);
    rmSync(`${home}/audit`, { recursive: true });
    await expect(log.checkpoint()).rejects.toMatchObject({ message: expect.stringContaining('deleted') as string });
    await appendEach(log, 2, 2);
    await log.close();
    const [segment] = await segmentsOf(home);
    expect(segment?.number).toBe(2);
    expect(
      linesOf(segment?.path ?? '')
        .map((line) => parseLine(line)['callId'])
        .filter(Boolean),
    ).toEqual(['call-2', 'call-3']);
    expect((await verifyAudit(home)).findings).toMatchObject([{ kind: 'segment_missing' }]);
  });

  it('counts what it does', async () => {
    const home = temporaryFolder();
    const log = openLog(home);
    await appendEach(log, 3);
    await log.checkpoint();
    const [segment] = await segmentsOf(home);
    expect(log.stats()).toEqual({
      records: 4,
      segment: segment?.name,
      segmentBytes: statSync(segment?.path ?? '').size,
      failedWrites: 0,
      checkpoints: 1,
      pendingCheckpoints: 0,
      lastProblem: undefined,
    });
    await log.close();
  });
});

describe('the start path', () => {
  it('loads nothing but crypto, fs, core and contracts before the first record is on disk', () => {
    const sources = new Map(readSources('src').map(({ path, text }) => [path, text]));
    const seen = new Set<string>();
    const builtins = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, specifier = ''] of (sources.get(path) ?? '').matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)';$/gm)) {
        if (specifier.startsWith('.')) visit(new URL(specifier, `file:///${path}`).pathname.slice(1));
        else builtins.add(specifier);
      }
    };
    visit('src/audit/audit-log.ts');
    expect(seen).toContain('src/audit/keys.ts');
    expect(seen).not.toContain('src/audit/records.ts');
    expect(builtins).toEqual(new Set(['node:crypto', 'node:fs']));
    expect([...seen].filter((path) => !/^src\/(audit|core|contracts)\//.test(path))).toEqual([]);
  });

  it('neither keeps a process alive nor loses its last records when it ends by itself', async () => {
    const home = temporaryFolder();
    const script = `
      import { createAuditLog } from '${new URL('../../../src/audit/audit-log.ts', import.meta.url).pathname}';
      const clock = { now: () => Date.now(), monotonic: () => performance.now() };
      const log = createAuditLog({ directory: '${home}/audit', checkpointDirectory: '${home}/second', keysDirectory: '${home}/keys', clock, retentionDays: 1 });
      await log.append({ event: 'gateway_started', phase: 'notice', at: Date.now() });
      void log.append({ event: 'gateway_stopped', phase: 'notice', at: Date.now() });
    `;
    execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', script], { timeout: 8000 });
    expect(linesOf((await segmentsOf(home))[0]?.path ?? '').map((line) => parseLine(line)['event'])).toEqual(['gateway_started', 'gateway_stopped']);
    expect(existsSync(`${home}/keys`)).toBe(false);
  });
});
