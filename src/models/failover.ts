/** @module models/failover: one loop over the targets of a call, driven by the code of each failure. */
import type { CallContext, StreamPart } from '../contracts/call.ts';
import { isModelResult, type ModelCallInput, type ModelResult } from '../contracts/model.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';

/** How often and how long. */
export type FailoverLimits = Pick<ModelsConfig, 'retries' | 'retryDelayMs' | 'maxRetryAfterMs'>;

/**
 * What a failed attempt means. Codes that are not listed stop the call: a refused request, content or
 * key would be refused elsewhere too, or must not be smuggled past the one who refused it; and a
 * cancelled or limited caller does not want, or may not have, another attempt.
 *
 * A silent target is not asked again: it has cost its time already.
 */
const DECISIONS: Readonly<Partial<Record<ErrorCode, 'retry' | 'next'>>> = {
  PROVIDER_UNREACHABLE: 'retry',
  PROVIDER_FAILED: 'retry',
  PROVIDER_BUSY: 'retry',
  PROVIDER_SILENT: 'next',
  PROVIDER_INCOMPLETE: 'next',
  PROVIDER_NOT_CONFIGURED: 'next',
  OPERATION_UNSUPPORTED: 'next',
  CONVERSION_REFUSED: 'next',
  TARGET_DISABLED: 'next',
};

/** Whether another target may be asked after this failure. */
export function mayTryAnother({ code }: AppError): boolean {
  return DECISIONS[code] !== undefined;
}

/**
 * Tries the targets in their order, each attempt a child call under its own name. Once something of an
 * answer was passed on, its failure is the call's.
 *
 * @param chain `provider/model`, at least one
 * @throws AppError of the last attempt, of a configured provider where there was one
 */
export async function runChain(chain: readonly string[], input: ModelCallInput, context: CallContext, limits: FailoverLimits): Promise<ModelResult> {
  const failures: AppError[] = [];
  let hasEmitted = false;
  const emit = (part: StreamPart): MaybePromise<void> => {
    hasEmitted = true;
    return context.emit(part);
  };
  for (const target of chain) {
    for (let retry = 0; ; retry += 1) {
      const answer = await context.call({ target: { kind: 'model', name: target }, input: { ...input, attempt: failures.length + 1 }, emit });
      const { terminal } = answer;
      if (terminal.type === 'result' && isModelResult(terminal.value)) return terminal.value;
      const error = terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
      failures.push(error);
      const decision = DECISIONS[error.code];
      if (hasEmitted || decision === undefined) throw error;
      const waitMs = decision === 'retry' && retry < limits.retries ? waitBefore(error, retry, limits) : undefined;
      if (waitMs === undefined) break;
      await pause(waitMs, context.scope);
    }
  }
  throw worthTelling(failures);
}

/** Milliseconds until the next try at the same target; undefined when it asks for more patience than allowed. */
function waitBefore({ data }: AppError, retry: number, { retryDelayMs, maxRetryAfterMs }: FailoverLimits): number | undefined {
  const seconds = data?.['retryAfterSeconds'];
  if (typeof seconds === 'number') return seconds * 1000 <= maxRetryAfterMs ? seconds * 1000 : undefined;
  // Callers that failed together must not come back together.
  return retryDelayMs * 2 ** retry * (0.75 + Math.random() / 2);
}

/** A provider without a key is no reason worth telling when another one was really asked. */
function worthTelling(failures: readonly AppError[]): AppError {
  return failures.findLast(({ code }) => code !== 'PROVIDER_NOT_CONFIGURED') ?? failures.at(-1) ?? new AppError('INTERNAL');
}

async function pause(ms: number, scope: Scope): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await scope.race(waited).finally(() => clearTimeout(timer));
}
