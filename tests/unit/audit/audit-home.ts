/** A state folder of its own for each test, and a log in it whose clock the test owns. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, onTestFinished } from 'vitest';
import { createAuditLog, type AuditLog, type AuditLogOptions } from '../../../src/audit/audit-log.ts';
import { listSegments, type SegmentPath } from '../../../src/audit/segment-name.ts';
import { CHECKPOINT_FILE } from '../../../src/audit/checkpoint-sink.ts';
import type { AuditEvent } from '../../../src/contracts/audit.ts';
import type { Clock } from '../../../src/core/clock.ts';

/** 2026-07-28T12:00:00Z. */
export const NOON = 1_785_240_000_000;

/** A clock that stands until it is moved. */
export class TestClock implements Clock {
  at = NOON;
  now(): number {
    return this.at;
  }
  monotonic(): number {
    return this.at;
  }
  advance(ms: number): void {
    this.at += ms;
  }
}

/** Removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/switchyard-audit-`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Removed when the tests of the file end. */
export function keepFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/switchyard-audit-`);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function pathsOf(home: string): Pick<AuditLogOptions, 'directory' | 'checkpointDirectory' | 'keysDirectory'> {
  return { directory: `${home}/audit`, checkpointDirectory: `${home}/audit-checkpoints`, keysDirectory: `${home}/keys` };
}

/** A log that signs nothing on its own before its close, unless the options say otherwise. */
export function openLog(home: string, options: Partial<AuditLogOptions> = {}): AuditLog {
  return createAuditLog({ ...pathsOf(home), clock: new TestClock(), announceAfterMs: 1e9, checkpointIntervalMs: 1e9, ...options });
}

export function makeEvent(index: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    event: 'tool_executed',
    phase: 'outcome',
    at: NOON + index,
    callId: `call-${index}`,
    correlationId: `correlation-${index}`,
    door: 'mcp-http',
    source: '127.0.0.1',
    principal: 'key:ab12cd34',
    method: 'tools/call',
    target: 'echo',
    decision: 'allow',
    rule: 'role:user',
    outcome: 'ok',
    durationMs: 1.5,
    input: { index },
    ...more,
  };
}

/** Appends events one write each. */
export async function appendEach(log: AuditLog, count: number, from = 0): Promise<void> {
  for (let index = from; index < from + count; index += 1) await log.append(makeEvent(index));
}

export async function segmentsOf(home: string): Promise<readonly SegmentPath[]> {
  return (await listSegments([`${home}/audit`])).segments;
}

/** Lines without their newlines; what follows the last newline is the last element if it is not empty. */
export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

export function anchorsOf(home: string): Record<string, unknown>[] {
  return linesOf(`${home}/audit-checkpoints/${CHECKPOINT_FILE}`).map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function parseLine(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line ?? 'null') as Record<string, unknown>;
}
