import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECKPOINT_FILE } from '../../../src/audit/checkpoint-sink.ts';
import { Checkpointer } from '../../../src/audit/checkpointer.ts';
import { createAuditKeys } from '../../../src/audit/keys.ts';
import { temporaryFolder } from './audit-home.ts';

it('a second sink that was away for longer than checkpoints are kept for it takes the newest ones, and is believed', async () => {
  const home = temporaryFolder();
  const directory = `${home}/sink`;
  // A file where the folder should be: nothing can be written there.
  writeFileSync(directory, '');
  let seq = 0;
  const chain = {
    get head() {
      return { writer: 'w1', segment: 'w1-0-1.jsonl', fromSeq: 1, seq, hash: '0'.repeat(64) };
    },
    segmentBytes: 0,
    flush: () => undefined,
    appendCheckpoint: () => undefined,
    seal: () => undefined,
    sync: async () => undefined,
  };
  const problems: string[] = [];
  const checkpointer = new Checkpointer(chain, {
    directory,
    keys: createAuditKeys(`${home}/keys`),
    clock: { now: () => 0, monotonic: () => 0 },
    everyRecords: 1_000_000,
    intervalMs: 1_000_000,
    announceAfterMs: 1_000_000,
    maxSegmentBytes: 1,
    onProblem: ({ code }) => void problems.push(code),
  });
  const next = (): number | undefined => {
    seq += 1;
    checkpointer.noteWritten(1);
    return checkpointer.checkpoint();
  };
  for (let made = 0; made < 10_020; made += 1) next();
  await checkpointer.settled();
  expect([problems.length > 0, checkpointer.state]).toEqual([true, { number: 10_020, anchored: 0, pending: 10_000 }]);
  rmSync(directory);
  mkdirSync(directory);
  const number = next();
  await checkpointer.settled();
  expect(checkpointer.state).toEqual({ number, anchored: number, pending: 0 });
  const numbers = readFileSync(`${directory}/${CHECKPOINT_FILE}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { readonly number: number }).number);
  expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([10_000, 22, 10_021]);
  checkpointer.stop();
});
