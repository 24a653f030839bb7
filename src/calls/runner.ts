/**
 * @module calls/runner: the road. Every call of every door passes `travel` below, in that order; a
 * new feature is a new door, a new target or a new step here, never a second road. (One file, because the order is what a reader must see.)
 */
import { AppError, describeError, toAppError, type ErrorCode } from '../core/errors.ts';
import { Roster } from '../core/roster.ts';
import { Scope } from '../core/scope.ts';
import type { MaybePromise } from '../core/json.ts';
import { InputRequired } from '../contracts/ask.ts';
import type { Answer, CallRunner, Request, Terminal } from '../contracts/call.ts';
import type { ApprovalNeed, Decision } from '../contracts/policy.ts';
import type { Reservation } from '../contracts/limits.ts';
import type { Target } from '../contracts/target.ts';
import { createAdmission } from './admission.ts';
import { Call, type CallHost } from './call.ts';
import { denialOf, refuseInvalid } from './denial.ts';
import { holdForApproval } from './hold.ts';
import type { CallPorts } from './ports.ts';
import { checkOutput, prepareInput } from './prepare.ts';
import { intentRecord, outcomeRecord } from './records.ts';
import { cancelRevoked } from './readmit.ts';
import { createReport } from './report.ts';

/** The pipeline and its end. */
export interface Pipeline extends CallRunner {
  /** Calls that have not ended. */
  readonly activeCalls: number;
  /** From now on refuses calls of doors with the reason. Running ones go on, and make child calls. */
  closeIntake(reason: AppError): void;
  /** Looks at every running call as at one that emits a part: what is switched off by now is cancelled. */
  recheck(): void;
  /** Cancels every running call whose credential is not good any more. False = of some that cannot be told now; they are left alone. */
  readmit(): Promise<boolean>;
  /** Cancels every running call and refuses new ones, with the same reason. */
  stop(reason: AppError): void;
  /** Resolves when no call is active. Refused ones do not hold it up. */
  drained(): Promise<void>;
}

/** Refusals that were counted already, or are not the caller's doing. */
const NOT_COUNTED: ReadonlySet<string> = new Set([
  'RATE_LIMITED',
  'OVERLOADED',
  'QUOTA_EXCEEDED',
  'PRICE_UNKNOWN',
  'SHUTTING_DOWN',
] satisfies readonly ErrorCode[]);

const MODELS_LISTED = 'GET /v1/models, or the tool llm_models, lists what you may call; names are case-sensitive.';

/** Stands for no failure at all. */
const ASKED = new AppError('APPROVAL_REQUIRED');

/** Stands in for a name that does not resolve, so that guessing names is counted too. */
const UNKNOWN: Target = {
  kind: 'tool',
  name: '?',
  access: { scopes: [] },
  traits: { isReadOnly: true, timeoutMs: 0, takesSlot: false, priority: 0 },
  run: () => ({ type: 'result', value: undefined }),
};

/** Builds the road from its ports. */
export function createPipeline(ports: CallPorts): Pipeline {
  const { clock, limits, killSwitch, audit, logger } = ports;
  const root = new Scope();
  const admit = createAdmission(ports);
  const report = createReport(ports);
  const idle = new Set<() => void>();
  const running = new Roster<Call>();
  let activeCalls = 0;
  let refusal: AppError | undefined;

  /** resolve → kill switch → defaults, validation, freeze → authorize (and wait for a person) → reserve → intent → run → check */
  const travel = async (call: Call, isChild: boolean): Promise<Terminal> => {
    call.scope.throwIfCancelled();
    if (refusal && !isChild) throw refusal;
    const target = resolve(call);
    host.recheck(call);
    try {
      call.input = prepareInput(target, call.input);
    } catch (invalid) {
      throw refuseInvalid(call, target, invalid);
    }
    const held = authorize(call, target);
    if (held) await held;
    const reservation = limits.reserve(call.principal, target, call.scope, isChild, call);
    call.reservation = reservation instanceof Promise ? await reservation : reservation;
    if (!target.traits.isReadOnly) {
      await audit.append(intentRecord(call, clock.now()));
      // Whoever was stopped, or has left, while the record was written has no effect any more. Work that is under way elsewhere is its target's to end.
      if (call.task?.kept === undefined) call.scope.throwIfCancelled();
    }
    const running = target.run(call.input, call);
    const terminal = running instanceof Promise ? await call.scope.race(running) : running;
    call.scope.throwIfCancelled();
    checkOutput(target, terminal.value);
    return terminal;
  };

  const resolve = (call: Call): Target => {
    if (call.target) return call.target;
    const { kind, name } = call.request.target;
    throw new AppError('UNKNOWN_TARGET', { message: `Unknown ${kind}: ${name.slice(0, 200)}`, ...(kind === 'model' ? { fix: MODELS_LISTED } : {}) });
  };

  const authorize = (call: Call, target: Target): Promise<void> | undefined => {
    const decision = call.generation.policy.decide(call.principal, target, call.input, call.admission);
    call.rule = decision.rule;
    if (decision.isAllowed) return undefined;
    call.isDenied = true;
    if (decision.approval) return hold(call, target, decision, decision.approval);
    throw denialOf(decision, call.principal);
  };

  const hold = async (call: Call, target: Target, decision: Decision, need: ApprovalNeed): Promise<void> => {
    await holdForApproval(call, target, decision, need, ports);
    host.recheck(call);
    call.isDenied = false;
  };

  const host: CallHost = {
    runChild: (request, parent) => run(request, parent),
    recheck: (call) => {
      const off = killSwitch.check(call.principal, reachedBy(call));
      if (off !== undefined) {
        call.isDenied = true;
        call.rule = 'kill-switch';
        const error = new AppError('TARGET_DISABLED', { message: `Switched off: ${off}` });
        call.scope.cancel(error);
        throw error;
      }
      const { expiresAt } = call.principal;
      if (expiresAt !== null && expiresAt <= clock.now()) {
        const error = new AppError('AUTHENTICATION_FAILED', { message: 'The credential expired during the call.' });
        call.scope.cancel(error);
        throw error;
      }
    },
  };

  /** A failure that came before the count is counted now: bad calls cost what good ones cost. */
  const countRefused = (call: Call, error: AppError): MaybePromise<AppError> => {
    if (call.reservation || NOT_COUNTED.has(error.code)) return error;
    const keep = (counted: Reservation): AppError => {
      call.reservation = counted;
      return error;
    };
    try {
      const counted = limits.reserve(call.principal, UNKNOWN, call.scope, true, call);
      return counted instanceof Promise ? counted.then(keep, toAppError) : keep(counted);
    } catch (limited) {
      return toAppError(limited);
    }
  };

  /** A question that came before the count is counted now: asking is no way around the rate. */
  const questionsOf = (call: Call, { requests }: InputRequired): MaybePromise<Terminal> => {
    const toAnswer = (limited: AppError): Terminal => (limited === ASKED ? { type: 'input_required', requests } : { type: 'error', error: limited });
    const counted = countRefused(call, ASKED);
    return counted instanceof Promise ? counted.then(toAnswer) : toAnswer(counted);
  };

  const toTerminal = (call: Call, thrown: unknown): MaybePromise<Terminal> => {
    if (thrown instanceof InputRequired) return questionsOf(call, thrown);
    const isTool = call.request.target.kind === 'tool';
    const error = call.scope.reason ?? toAppError(thrown, isTool && call.reservation ? 'TOOL_FAILED' : 'INTERNAL');
    if (error.code === 'GUARDRAIL_BLOCKED' || error.code === 'GUARDRAIL_BLOCKED_ANSWER') {
      call.isDenied = true;
      call.rule = `guardrail:${String(error.data?.['guardrail'])}`;
    }
    if (error.cause !== undefined && error.code !== 'CANCELLED') {
      logger.warn('call failed', {
        correlation_id: call.trace.correlationId,
        call_id: call.callId,
        target: `${call.request.target.kind}:${call.target?.name ?? '?'}`,
        code: error.code,
        cause: describeError(error.cause),
      });
    }
    const counted = countRefused(call, error);
    return counted instanceof Promise ? counted.then((final) => ({ type: 'error', error: final })) : { type: 'error', error: counted };
  };

  /** settle → record the outcome → answer. An outcome that no sink accepts is no answer. */
  const conclude = async (call: Call, terminal: Terminal): Promise<Terminal> => {
    const booking = call.reservation?.settle(call.spent);
    if (booking instanceof Promise) await booking;
    const durationMs = performance.now() - call.startedAt;
    call.scope.end();
    call.endChildren();
    try {
      await audit.append(outcomeRecord(call, terminal, durationMs, clock.now()));
    } catch (failure) {
      return { type: 'error', error: toAppError(failure, 'AUDIT_UNAVAILABLE') };
    } finally {
      report(call, terminal, durationMs);
    }
    return terminal;
  };

  const run = async (request: Request, parent?: Call): Promise<Answer> => {
    const isCounted = parent !== undefined || refusal === undefined;
    if (isCounted) activeCalls += 1;
    const call = new Call(host, request, parent?.generation ?? ports.generation(), clock.now(), root, parent);
    const leave = parent?.adopt(call);
    running.join(call);
    try {
      const reached = await travel(call, parent !== undefined).catch((thrown: unknown) => toTerminal(call, thrown));
      const terminal = await conclude(call, reached);
      return { callId: call.callId, terminal, rate: call.reservation?.rate, target: call.target };
    } finally {
      leave?.();
      running.leave(call);
      if (isCounted) activeCalls -= 1;
      if (isCounted && activeCalls === 0) for (const done of idle) done();
    }
  };

  return {
    admit,
    run: (request) => run(request),
    isOff: ({ principal, profile }) => killSwitch.check(principal, { kind: 'subscription', name: '*', profile }) !== undefined,
    get activeCalls() {
      return activeCalls;
    },
    recheck: () => {
      for (const call of running.snapshot()) {
        try {
          host.recheck(call);
        } catch {
          // Its scope has been cancelled with the reason.
        }
      }
    },
    readmit: () => cancelRevoked(running.snapshot(), ports.identity),
    closeIntake: (reason) => {
      refusal = reason;
    },
    stop: (reason) => root.cancel(reason),
    drained: () =>
      new Promise((done) => {
        if (activeCalls === 0) done();
        else {
          const finish = (): void => {
            idle.delete(finish);
            done();
          };
          idle.add(finish);
        }
      }),
  };
}

/** What was asked for, with the upstream it leads to. */
function reachedBy({ request, target, profile }: Call): Parameters<CallPorts['killSwitch']['check']>[1] {
  if (profile !== undefined) return { kind: request.target.kind, name: (target ?? request.target).name, upstream: target?.upstream, profile };
  return target?.upstream === undefined ? request.target : { ...request.target, upstream: target.upstream };
}
