/** D1, U1: processes that are killed while they write, and several that share one home. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { queryAudit } from '../../../src/audit/query.ts';
import { auditPathsOf, verifyAudit } from '../../../src/audit/verify.ts';
import { anchorsOf, segmentsOf } from '../../unit/audit/audit-home.ts';

const KILLS = Number(process.env['SWITCHYARD_AUDIT_KILLS'] ?? 30);
const script = new URL('writer-process.ts', import.meta.url).pathname;
const root = mkdtempSync(`${tmpdir()}/switchyard-processes-`);
afterAll(() => rmSync(root, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  /** All that the process has printed. */
  text(): string;
  readonly ended: Promise<NodeJS.Signals | number>;
}

function start(home: string, ...rest: string[]): Run {
  const child = spawn(process.execPath, [script, home, ...rest], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<NodeJS.Signals | number>((resolve) => child.on('close', (code, signal) => resolve(signal ?? code ?? -1)));
  return { child, text: () => text, ended };
}

/** The newest acknowledged record; a line that the kill cut off counts for nothing. */
function lastAcknowledged(text: string): { writer: string; seq: number } {
  const [writer = '', seq = '0'] = (text.split('\n').at(-2) ?? '').split(' ');
  return { writer, seq: Number(seq) };
}

async function seqsOf(home: string, writer: string): Promise<number[]> {
  const seqs: number[] = [];
  for (const event of [undefined, 'checkpoint']) {
    for await (const record of queryAudit([`${home}/audit`], { event }, 'oldest')) if (record['writer'] === writer) seqs.push(record.seq);
  }
  return seqs.sort((a, b) => a - b);
}

describe('a process killed while it writes', () => {
  it(`loses nothing it acknowledged, and the log explains the rest (${KILLS} kills)`, { timeout: 20_000 + KILLS * 4000 }, async () => {
    let [acknowledged, rotated, anchored] = [0, 0, 0];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const home = `${root}/kill-${kill}`;
      const run = start(home);
      await new Promise((resolve) => run.child.stdout?.once('data', resolve));
      // Anywhere in the first records, checkpoints and rotations.
      const until = performance.now() + Math.random() * 150;
      while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
      run.child.kill('SIGKILL');
      expect(await run.ended).toBe('SIGKILL');
      const { writer, seq } = lastAcknowledged(run.text());
      const seqs = await seqsOf(home, writer);
      expect(seqs.length).toBeGreaterThanOrEqual(seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      const result = await verifyAudit(home);
      expect(result.findings).toEqual([]);
      expect(result.records).toBe(seqs.length);
      acknowledged += seq;
      rotated += (await segmentsOf(home)).length > 1 ? 1 : 0;
      anchored += result.notes.some((note) => note.includes('has no checkpoints.jsonl')) ? 0 : 1;
      rmSync(home, { recursive: true });
    }
    // The kills came late enough to test something.
    expect(acknowledged).toBeGreaterThan(KILLS * 20);
    if (KILLS >= 30) expect(Math.min(rotated, anchored)).toBeGreaterThan(0);
  });

  it('leaves a home in which the next processes write and verify', async () => {
    const home = `${root}/shared-kills`;
    for (let kill = 0; kill < 5; kill += 1) {
      const run = start(home);
      await new Promise((resolve) => run.child.stdout?.once('data', resolve));
      run.child.kill('SIGKILL');
      await run.ended;
    }
    const last = start(home, '100');
    expect(await last.ended).toBe(0);
    const publicKeys = [readFileSync(`${home}/keys/audit-signing.pub.pem`, 'utf8')];
    const result = await verifyAudit({ ...auditPathsOf(home), publicKeys });
    expect(result.findings).toEqual([]);
    expect(new Set((await segmentsOf(home)).map(({ writer }) => writer)).size).toBe(6);
  });
});

describe('several processes on one home', () => {
  it('race for the keys and the second sink, and verify green', async () => {
    const home = `${root}/together`;
    const runs = Array.from({ length: 5 }, () => start(home, '400'));
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0]);
    const publicKeys = [readFileSync(`${home}/keys/audit-signing.pub.pem`, 'utf8')];
    const result = await verifyAudit({ ...auditPathsOf(home), publicKeys });
    expect(result).toMatchObject({ ok: true, findings: [], unprotected: 0, notes: [] });
    const anchors = anchorsOf(home);
    expect(new Set(anchors.map(({ writer }) => writer)).size).toBe(5);
    expect(new Set(anchors.map(({ keyId }) => keyId)).size).toBe(1);
    expect(result.records).toBe(5 * 400 + anchors.length);
    let calls = 0;
    for await (const record of queryAudit([`${home}/audit`])) calls += record.event === 'tool_executed' ? 1 : 0;
    expect(calls).toBe(2000);
  });
});
