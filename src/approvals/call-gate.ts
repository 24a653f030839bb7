/** @module approvals/call-gate: the step of the road that wants a person's yes to exactly this call. */
import { InputRequired } from '../contracts/ask.ts';
import type { CallGate, HeldCall, KeptCall } from '../contracts/approvals.ts';
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
import type { AuditEvent, AuditSink } from '../contracts/audit.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { hashCall } from './bind-call.ts';
import type { CallBook, CallRequest } from './call-book.ts';
import { watchDecision } from './decision-watch.ts';
import { readAnswer, questionOf } from './question.ts';
import { showArguments, showLine } from './show-arguments.ts';

/** What the gate is given. */
export interface CallGatePorts {
  readonly book: CallBook;
  readonly audit: AuditSink;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: () => ApprovalsConfig;
  /** Told of a request that waits for an operator. Must not throw, and is not waited for. */
  readonly announce: (call: KeptCall) => void;
  /** Where an operator decides, for the answer; undefined = the command alone. */
  readonly link?: ((id: string) => string | undefined) | undefined;
}

/** See the port. */
export function createCallGate(ports: CallGatePorts): CallGate {
  const { book, audit, clock, settings } = ports;

  const record = async (
    event: AuditEvent['event'],
    { context }: HeldCall,
    { id, hash, rules, target }: CallRequest,
    extra: AuditEvent['detail'] = {},
  ): Promise<void> => {
    const { principal, admission, trace, callId, client } = context;
    await audit.append({
      event,
      phase: 'notice',
      at: clock.now(),
      callId,
      correlationId: trace.correlationId,
      door: admission.door,
      source: admission.source,
      principal: principal.id,
      method: principal.method,
      client: client?.name ?? undefined,
      target: target.slice(0, 256),
      rule: rules.join(' '),
      detail: { approval: id, hash, ...extra },
    });
  };

  /** Takes one use of a yes, if there is one for exactly this call. What cannot be recorded is used up and not run. */
  const useApproval = async (held: HeldCall, hash: string): Promise<boolean> => {
    const used = await book.use(hash);
    if (!used) return false;
    await record('approval_used', held, used, { decidedBy: used.decidedBy, usesLeft: used.usesLeft });
    return true;
  };

  const begin = async (held: HeldCall, hash: string): Promise<KeptCall> => {
    const { context, target, input, need, reason } = held;
    const request: CallRequest = {
      id: `call-${randomHex(8)}`,
      hash,
      principal: context.principal.id,
      client: context.client?.name ? showLine(context.client.name) : null,
      target: showLine(`${target.kind}:${target.name}`),
      rules: need.rules,
      reason,
      by: need.by,
      arguments: showArguments(input, target.redact),
      at: clock.now(),
      uses: need.uses,
      validSeconds: need.validSeconds,
    };
    await record('approval_requested', held, request, { by: need.by });
    return await book.request(request);
  };

  /** True when the person said yes; undefined when the client cannot ask, or its person cannot be shown all of it. */
  const askCaller = async (held: HeldCall, kept: KeptCall): Promise<boolean | undefined> => {
    const question = kept.by === 'caller' ? questionOf(kept) : undefined;
    if (!question) return undefined;
    held.restartClock(settings().waitSeconds * 1000);
    const watch = watchDecision(book, kept);
    const asked = Promise.race([held.context.ask({ [kept.id]: question }), watch.decided]).finally(watch.stop);
    const answer = await asked.catch((thrown: unknown) => {
      if (thrown instanceof InputRequired) throw thrown;
      held.context.scope.throwIfCancelled();
      if (AppError.is(thrown) && !NOT_AN_ANSWER.has(thrown.code)) throw thrown;
      return undefined;
    });
    if (answer === undefined) return undefined;
    if (answer === 'decided') return await afterDecision(held, kept);
    return await settleAnswer(held, kept, readAnswer(answer[kept.id]));
  };

  /** A client that follows tasks gets one that goes on with the decision. Undefined where it cannot become one. */
  const waitAsTask = async (held: HeldCall, kept: KeptCall): Promise<boolean | undefined> => {
    const { task } = held.context;
    if (!task || !(await task.begin())) return undefined;
    held.restartClock(settings().pendingSeconds * 1000);
    await held.context.emit({ type: 'progress', progress: 0, message: `${kept.reason} Waits for approval as ${kept.id}.` });
    const watch = watchDecision(book, kept);
    await held.context.scope.race(watch.decided).finally(watch.stop);
    return await afterDecision(held, kept);
  };

  const settleAnswer = async (held: HeldCall, kept: KeptCall, isYes: boolean): Promise<boolean> => {
    await record(isYes ? 'approval_granted' : 'approval_refused', held, kept, { decidedBy: 'elicitation' });
    if (!isYes) {
      await book.withdraw(kept.id);
      throw refusal(kept.id);
    }
    const used = await book.acceptByCaller(kept.id);
    if (!used) return await afterDecision(held, kept);
    await record('approval_used', held, kept, { decidedBy: 'elicitation', usesLeft: used.usesLeft });
    return true;
  };

  /** Somebody else decided meanwhile, or the request expired. */
  const afterDecision = async (held: HeldCall, kept: KeptCall): Promise<boolean> => {
    if (await useApproval(held, kept.hash)) return true;
    throw refusal(kept.id);
  };

  const required = (kept: KeptCall): AppError => {
    const link = ports.link?.(kept.id);
    return new AppError('APPROVAL_REQUIRED', {
      message: `${kept.reason} The call waits for approval as ${kept.id}.`,
      fix: `An operator decides with \`switchyard approvals show ${kept.id}\` and \`switchyard approvals approve ${kept.id}\`${link === undefined ? '' : `, or at ${link}`}. Then call again with exactly the same arguments.`,
      data: { approval: kept.id, rules: kept.rules, ...(link === undefined ? {} : { link }) },
    });
  };

  return {
    async pass(held) {
      const hash = hashCall(held);
      const known = book.find(hash);
      if (known?.state === 'approved' && (await useApproval(held, hash))) return false;
      if (known?.state === 'refused') throw refusal(known.id);
      const kept = known?.state === 'waiting' ? known : await begin(held, hash);
      if (kept.state === 'refused') throw refusal(kept.id);
      if (kept.state === 'approved' && (await useApproval(held, hash))) return false;
      if ((await askCaller(held, kept)) === true) return true;
      if (kept !== known) ports.announce(kept);
      if ((await waitAsTask(held, kept)) === true) return true;
      throw required(kept);
    },
  };
}

/** The client cannot ask, or failed at it: an operator can still decide. */
const NOT_AN_ANSWER: ReadonlySet<string> = new Set(['CLIENT_CAPABILITY_MISSING', 'TOOL_FAILED']);

function refusal(id: string): AppError {
  return new AppError('APPROVAL_REFUSED', { message: `The call ${id} was not approved.`, data: { approval: id } });
}
