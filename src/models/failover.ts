/**
 * @module models/failover: one loop over the targets of a call, driven by the code of each failure. Which
 * targets are worth asking, deployment-health.ts knows; pictures of both are in docs/failover.md.
 */
import type { CallContext, StreamPart, Terminal } from '../contracts/call.ts';
import { isModelResult, type ModelCallInput, type ModelResult } from '../contracts/model.ts';
import type { ChainEntry, ModelsConfig } from '../contracts/models-config.ts';
import { AppError, toAppError, type ErrorCode } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import { orderOf } from './chain-order.ts';
import { askedPatienceMs, type DeploymentHealth, type Pass } from './deployment-health.ts';

/** How often and how long. */
export type FailoverLimits = Pick<ModelsConfig, 'retries' | 'retryDelayMs' | 'maxRetryAfterMs'>;

/** What the loop needs of the call. */
export type ChainContext = Pick<CallContext, 'call' | 'emit' | 'scope'>;

/** What the loop goes by besides the failures. */
export interface FailoverPorts {
  readonly limits: FailoverLimits;
  readonly health: DeploymentHealth;
  /** For weights and pauses. */
  readonly random?: (() => number) | undefined;
}

/**
 * What a failed attempt means. Codes that are not listed stop the call: a refused request, content or
 * key would be refused elsewhere too, or must not be smuggled past the one who refused it; a caller that
 * is cancelled or has spent its budget does not want, or may not have, another attempt.
 *
 * A silent target is not asked again: it has cost its time already. What another target may well be able
 * to do (a larger window, an operation, a conversion) is the next one's.
 */
const DECISIONS: Readonly<Partial<Record<ErrorCode, 'retry' | 'next'>>> = {
  PROVIDER_UNREACHABLE: 'retry',
  PROVIDER_FAILED: 'retry',
  PROVIDER_BUSY: 'retry',
  PROVIDER_SILENT: 'next',
  PROVIDER_INCOMPLETE: 'next',
  CONTEXT_TOO_LONG: 'next',
  PROVIDER_NOT_CONFIGURED: 'next',
  OPERATION_UNSUPPORTED: 'next',
  CONVERSION_REFUSED: 'next',
  TARGET_DISABLED: 'next',
};
/** Failures of targets that nobody asked anything. */
const UNASKED: ReadonlySet<ErrorCode> = new Set(['PROVIDER_NOT_CONFIGURED', 'OPERATION_UNSUPPORTED', 'CONVERSION_REFUSED', 'TARGET_DISABLED']);
/** With less time left than this, another attempt would only replace the failure by a deadline. */
const SHORTEST_ATTEMPT_MS = 50;

/** Whether another target may be asked after this failure. */
export function mayTryAnother({ code }: AppError): boolean {
  return DECISIONS[code] !== undefined;
}

/**
 * Tries the targets in their order, each attempt a child call under its own name. Targets whose breaker
 * is open are passed over. Where that leaves nobody to ask, the least bad one is asked once: refusing
 * without a call would turn a bad hour of the only provider into an outage; but one that said itself when
 * to come back is left alone until then. Once something of an answer was passed on, its failure is the
 * call's.
 *
 * @param chain at least one target
 * @throws AppError of the last attempt, of a target that was really asked where there was one;
 * PROVIDER_BUSY with `retryAfterSeconds` when all asked to be left alone
 */
export async function runChain(chain: readonly ChainEntry[], input: ModelCallInput, context: ChainContext, ports: FailoverPorts): Promise<ModelResult> {
  const { limits, health, random = Math.random } = ports;
  const attempts = createAttempts(input, context);
  const passedOver: string[] = [];

  for (const target of orderOf(chain, random)) {
    for (let retry = 0; ; retry += 1) {
      if (attempts.lastFailure && context.scope.remainingMs < SHORTEST_ATTEMPT_MS) throw attempts.worthTelling();
      const pass = health.enter(target);
      if (!pass) {
        if (retry === 0) passedOver.push(target);
        break;
      }
      const outcome = await attempts.run(target, pass);
      if (!AppError.is(outcome)) return outcome;
      const mayRetry = DECISIONS[outcome.code] === 'retry' && retry < limits.retries && health.isClosed(target);
      const waitMs = mayRetry ? waitBefore(outcome, retry, limits, random) : undefined;
      if (waitMs === undefined || waitMs + SHORTEST_ATTEMPT_MS > context.scope.remainingMs) break;
      await pause(waitMs, context.scope);
    }
  }

  if (passedOver.length === 0 || attempts.hasAsked) throw attempts.worthTelling();
  const last = health.lastResort(passedOver);
  if (!last) throw leftAlone(health.soonestMs(passedOver));
  const outcome = await attempts.run(last.target, last.pass);
  if (AppError.is(outcome)) throw outcome;
  return outcome;
}

/** The attempts of one call. */
interface Attempts {
  /** @throws AppError the failure after which no other attempt may follow */
  run(target: string, pass: Pass): Promise<ModelResult | AppError>;
  readonly lastFailure: AppError | undefined;
  /** Whether any target was really asked. */
  readonly hasAsked: boolean;
  /** A provider without a key is no reason worth telling when another one was really asked. */
  worthTelling(): AppError;
}

function createAttempts(input: ModelCallInput, context: ChainContext): Attempts {
  const failures: AppError[] = [];
  const providers = new Set<string>();
  let hasEmitted = false;
  const emit = (part: StreamPart): MaybePromise<void> => {
    hasEmitted = true;
    return context.emit(part);
  };
  const isOfAsked = ({ code }: AppError): boolean => !UNASKED.has(code);

  return {
    async run(target, pass) {
      providers.add(target.slice(0, target.indexOf('/')));
      const answer = await context.call({ target: { kind: 'model', name: target }, input: { ...input, attempt: failures.length + 1 }, emit }).catch(toTerminal);
      const { terminal } = answer;
      if (terminal.type === 'result' && isModelResult(terminal.value)) {
        pass.settle();
        return terminal.value;
      }
      const error = terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
      pass.settle(error);
      failures.push(error);
      if (hasEmitted || !mayTryAnother(error)) throw error;
      return error;
    },
    get lastFailure() {
      return failures.at(-1);
    },
    get hasAsked() {
      return failures.some(isOfAsked);
    },
    worthTelling: () => failures.findLast(isOfAsked) ?? noneConfigured(failures, [...providers]) ?? failures.at(-1) ?? new AppError('INTERNAL'),
  };
}

/** One failure for all, where several providers were tried and none of them is configured: the last one alone would mislead. */
function noneConfigured(failures: readonly AppError[], providers: readonly string[]): AppError | undefined {
  const [first] = failures;
  if (!first || providers.length < 2 || failures.some(({ code }) => code !== 'PROVIDER_NOT_CONFIGURED')) return undefined;
  return new AppError('PROVIDER_NOT_CONFIGURED', {
    message: `None of the providers of this model is configured: ${providers.join(', ')}.`,
    fix: `${first.fix} \`switchyard doctor\` says what the others need. Or name another model.`,
  });
}

/** A pass is settled whatever happens: a probe that nobody ends would keep its deployment closed to calls. */
function toTerminal(thrown: unknown): { readonly terminal: Terminal } {
  return { terminal: { type: 'error', error: toAppError(thrown) } };
}

/** Milliseconds until the next try at the same target; undefined when it asks for more patience than allowed. */
function waitBefore(error: AppError, retry: number, { retryDelayMs, maxRetryAfterMs }: FailoverLimits, random: () => number): number | undefined {
  const patienceMs = askedPatienceMs(error);
  if (patienceMs !== undefined) return patienceMs <= maxRetryAfterMs ? patienceMs : undefined;
  // Callers that failed together must not come back together.
  return retryDelayMs * 2 ** retry * (0.75 + random() / 2);
}

function leftAlone(waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('PROVIDER_BUSY', {
    message: `Every provider of this model asked to be left alone; the first of them for ${retryAfterSeconds} s more.`,
    data: { retryAfterSeconds },
  });
}

async function pause(ms: number, scope: Scope): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await scope.race(waited).finally(() => clearTimeout(timer));
}
