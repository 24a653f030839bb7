/**
 * Writes records until it is killed, or so many: `node writer-process.ts <home> [count]`. Prints the
 * sequence number of the newest acknowledged record after each turn, one a line.
 */
import { writeSync } from 'node:fs';
import { createAuditLog } from '../../../src/audit/audit-log.ts';
import { systemClock } from '../../../src/core/clock.ts';

const [home = '', limit = 'Infinity'] = process.argv.slice(2);
const log = createAuditLog({
  directory: `${home}/audit`,
  checkpointDirectory: `${home}/audit-checkpoints`,
  keysDirectory: `${home}/keys`,
  clock: systemClock,
  announceAfterMs: 2,
  checkpointIntervalMs: 5,
  checkpointEveryRecords: 40,
  maxSegmentBytes: 50_000,
});

for (let index = 0; index < Number(limit); ) {
  const together = Math.min(1 + Math.floor(Math.random() * 30), Number(limit) - index);
  let written = Promise.resolve();
  for (const end = index + together; index < end; index += 1) {
    written = log.append({
      event: 'tool_executed',
      phase: 'outcome',
      at: systemClock.now(),
      callId: `${process.pid}-${index}`,
      target: 'x'.repeat(Math.floor(Math.random() * 900)),
      outcome: 'ok',
      input: { index },
    });
  }
  await written;
  // Synchronously: what the other side has read was acknowledged before the kill.
  writeSync(1, `${log.head().writer} ${log.head().seq}\n`);
}
await log.close();
