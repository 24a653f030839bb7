/**
 * CPU time of one audit record, HMAC of the input and hash included: `node bench/audit-append.ts [records]`.
 * `alone` awaits each record, as one client does; `together` sixteen records of one turn of the loop.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createAuditLog, type AuditLog } from '../src/audit/audit-log.ts';
import { verifyAudit } from '../src/audit/verify.ts';
import type { AuditEvent } from '../src/contracts/audit.ts';
import { systemClock } from '../src/core/clock.ts';

const RECORDS = Number(process.argv[2] ?? 32_000);
const ROUNDS = 5;

const event = (index: number): AuditEvent => ({
  event: 'tool_executed',
  phase: 'outcome',
  at: systemClock.now(),
  callId: '0198a8d0-0000-7000-8000-000000000000',
  correlationId: 'c0ffee00c0ffee00c0ffee00',
  door: 'mcp-http',
  source: '127.0.0.1',
  principal: 'key:ab12cd34ef56',
  method: 'tools/call',
  client: 'claude-code',
  target: 'echo',
  decision: 'allow',
  rule: 'role:user',
  outcome: 'ok',
  durationMs: 1.234,
  input: { message: 'the quick brown fox jumps over the lazy dog', index },
});

async function measure(log: AuditLog, atOnce: number): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < RECORDS; index += atOnce) {
    let written = Promise.resolve();
    for (let offset = 0; offset < atOnce; offset += 1) written = log.append(event(index + offset));
    await written;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / RECORDS;
}

const home = mkdtempSync(`${tmpdir()}/switchyard-bench-`);
try {
  const log = createAuditLog({
    directory: `${home}/audit`,
    checkpointDirectory: `${home}/audit-checkpoints`,
    keysDirectory: `${home}/keys`,
    clock: systemClock,
  });
  await measure(log, 16);
  for (const [name, atOnce] of [
    ['alone', 1],
    ['together', 16],
  ] as const) {
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(log, atOnce));
    const [median = NaN] = rounds.toSorted((a, b) => a - b).slice(Math.floor(ROUNDS / 2));
    process.stdout.write(`${name}: ${median.toFixed(1)} µs CPU per record (median of ${ROUNDS} × ${RECORDS})\n`);
  }
  await log.close();
  const start = performance.now();
  const { ok, records } = await verifyAudit(home);
  process.stdout.write(`verify: ${ok ? 'ok' : 'BROKEN'}, ${records} records, ${(((performance.now() - start) * 1000) / records).toFixed(1)} µs per record\n`);
} finally {
  rmSync(home, { recursive: true });
}
