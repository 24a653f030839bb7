/** @module calls/report: what is told of a call that has ended: metrics, and the journal. */
import type { Terminal } from '../contracts/call.ts';
import type { Call } from './call.ts';
import type { CallPorts } from './ports.ts';
import { outcomeOf } from './records.ts';

/** Tells of the end of calls; durations in milliseconds. */
export function createReport({
  finished,
  duration,
  report,
}: Pick<CallPorts, 'finished' | 'duration' | 'report'>): (call: Call, terminal: Terminal, durationMs: number) => void {
  return (call, terminal, durationMs) => {
    const { admission, target, client } = call.request;
    const outcome = outcomeOf(terminal);
    finished.add({ door: admission.door, kind: target.kind, outcome });
    duration.observe({ kind: target.kind }, durationMs / 1000);
    report?.({
      callId: call.callId,
      parentId: call.parentId,
      at: call.at,
      durationMs,
      door: admission.door,
      principalId: admission.principal.id,
      clientName: client?.name ?? null,
      target: `${target.kind}:${call.target?.name ?? '?'}`,
      outcome,
      rule: call.rule,
      correlationId: call.trace.correlationId,
      spend: call.spent ?? null,
    });
  };
}
