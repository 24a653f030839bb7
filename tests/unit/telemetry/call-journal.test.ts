import { expect, it } from 'vitest';
import { createCallJournal } from '../../../src/telemetry/call-journal.ts';
import type { CallReport } from '../../../src/contracts/telemetry.ts';

const report = (callId: string): CallReport => ({
  callId,
  parentId: undefined,
  at: 0,
  durationMs: 1,
  door: 'mcp',
  principalId: 'key:a',
  clientName: null,
  target: 'tool:echo',
  outcome: 'ok',
  rule: 'role:user',
  correlationId: 'c',
  spend: null,
});

it('keeps the newest, newest first', () => {
  const journal = createCallJournal(3);
  expect(journal.recent(10)).toEqual([]);
  for (const id of ['1', '2', '3', '4', '5']) journal.record(report(id));
  expect(journal.recent(10).map(({ callId }) => callId)).toEqual(['5', '4', '3']);
  expect(journal.recent(1).map(({ callId }) => callId)).toEqual(['5']);
  expect(journal.recent(-1)).toEqual([]);
});

it('tells listeners until they leave, and outlives one that throws', () => {
  const journal = createCallJournal();
  let told = 0;
  journal.subscribe(() => {
    throw new Error('no');
  });
  const leave = journal.subscribe(() => {
    told += 1;
  });
  journal.record(report('1'));
  leave();
  journal.record(report('2'));
  expect(told).toBe(1);
});
