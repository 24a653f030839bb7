/** @module calls/records: what the pipeline writes about a call. */
import type { AuditEvent, AuditEventName } from '../contracts/audit.ts';
import type { Arrival, Terminal } from '../contracts/call.ts';
import type { Spend } from '../contracts/spend.ts';
import type { TargetKind } from '../contracts/target.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Call } from './call.ts';

const EVENT_OF_KIND: Readonly<Record<TargetKind, AuditEventName>> = {
  tool: 'tool_executed',
  resource: 'resource_read',
  prompt: 'prompt_read',
  completion: 'completion_made',
  catalog: 'catalog_listed',
  subscription: 'subscription_opened',
  admin: 'admin_action',
  model: 'model_called',
  task: 'task_read',
};

const EVENT_OF_CODE: Readonly<Partial<Record<ErrorCode, AuditEventName>>> = {
  SCOPE_MISSING: 'permission_denied',
  PERMISSION_DENIED: 'permission_denied',
  TARGET_DISABLED: 'permission_denied',
  APPROVAL_REQUIRED: 'permission_denied',
  APPROVAL_REFUSED: 'permission_denied',
  APPROVALS_FULL: 'permission_denied',
  RATE_LIMITED: 'rate_limited',
  OVERLOADED: 'rate_limited',
  QUOTA_EXCEEDED: 'quota_exceeded',
  GUARDRAIL_BLOCKED: 'permission_denied',
  GUARDRAIL_BLOCKED_ANSWER: 'permission_denied',
};

/** `ok`, `tool_error` (an answered isError result), `input_required`, or the error's code. */
export function outcomeOf(terminal: Terminal): string {
  if (terminal.type === 'error') return terminal.error.code;
  if (terminal.type === 'input_required') return 'input_required';
  return isErrorResult(terminal.value) ? 'tool_error' : 'ok';
}

/** The record written before a call with effects runs. */
export function intentRecord(call: Call, at: number): AuditEvent {
  return { ...commonFacts(call), event: eventOf(call), phase: 'intent', at, decision: 'allow', detail: placeOf(call) };
}

/** The record written before a call's answer, at its end: `durationMs` tells when it began. */
export function outcomeRecord(call: Call, terminal: Terminal, durationMs: number, at: number): AuditEvent {
  const byCode = terminal.type === 'error' ? EVENT_OF_CODE[terminal.error.code] : undefined;
  return {
    ...commonFacts(call),
    event: byCode ?? eventOf(call),
    phase: 'outcome',
    at,
    decision: call.isDenied ? 'deny' : 'allow',
    outcome: outcomeOf(terminal),
    durationMs,
    detail: call.spent || call.noted || call.profile !== undefined ? { ...placeOf(call), ...(call.spent && factsOf(call.spent)), ...call.noted } : undefined,
  };
}

/** The record of an arrival that was refused, or let in for the first time in a while. */
export function arrivalRecord(event: AuditEventName, arrival: Arrival, at: number, extra: Partial<AuditEvent>): AuditEvent {
  return { event, phase: 'notice', at, door: arrival.door, source: arrival.source, detail: profileOf(arrival.profile), ...extra };
}

function factsOf({ costMicroUsd, inputTokens, outputTokens, isEstimated, sandboxSeconds }: Spend): NonNullable<AuditEvent['detail']> {
  if (sandboxSeconds !== undefined) return { sandboxSeconds };
  return { costMicroUsd, inputTokens, outputTokens, isEstimated };
}

function profileOf(profile: string | undefined): AuditEvent['detail'] {
  return profile === undefined ? undefined : { profile: capped(profile) };
}

/** The virtual server, and what the target is called there where that is not its name. */
function placeOf(call: Call): AuditEvent['detail'] {
  const asked = call.request.target.name;
  const isRenamed = call.profile !== undefined && call.target !== undefined && call.target.name !== asked;
  return isRenamed ? { ...profileOf(call.profile), shownAs: capped(asked) } : profileOf(call.profile);
}

function eventOf(call: Call): AuditEventName {
  return (call.target?.auditEvent as AuditEventName | undefined) ?? EVENT_OF_KIND[call.request.target.kind];
}

function commonFacts(
  call: Call,
): Pick<
  AuditEvent,
  'callId' | 'parentId' | 'correlationId' | 'traceparent' | 'door' | 'source' | 'principal' | 'method' | 'client' | 'target' | 'rule' | 'input'
> {
  const { admission, target, trace } = call.request;
  const { principal } = admission;
  return {
    callId: call.callId,
    parentId: call.parentId,
    correlationId: trace.correlationId,
    traceparent: trace.traceparent,
    door: admission.door,
    source: admission.source,
    principal: principal.id,
    method: principal.method,
    client: call.client?.name ?? undefined,
    target: `${target.kind}:${capped(call.profile === undefined ? target.name : (call.target ?? target).name)}`,
    rule: call.rule,
    input: call.auditInput,
  };
}

/** Names of unknown targets come from the client: they may be megabytes. */
function capped(name: string): string {
  return name.length <= 256 ? name : `${name.slice(0, 255)}…`;
}

function isErrorResult(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isError' in value && value.isError === true;
}
