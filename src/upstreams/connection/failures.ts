/** @module upstreams/connection/failures: what goes wrong with an upstream, as errors of this product. */
import { AppError, toAppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** Characters of an upstream's own words that are passed on. */
const MAX_WORDS = 2000;

/** The upstream's JSON-RPC error. `data`: {upstreamCode, upstreamData}. Its words are untrusted text. */
export function errorOfUpstream({ code, message, data }: JsonObject): AppError {
  const words = typeof message === 'string' ? message.slice(0, MAX_WORDS) : 'no message';
  const isSmall = data !== undefined && JSON.stringify(data).length <= MAX_WORDS;
  return new AppError('UPSTREAM_ERROR', {
    message: words,
    data: { upstreamCode: typeof code === 'number' ? code : null, ...(isSmall ? { upstreamData: data } : {}) },
  });
}

/** The connection has ended. `isUnsent`: the upstream has certainly not begun with the request. */
export function gone(message: string, isUnsent = false): AppError {
  return new AppError('UPSTREAM_GONE', { message, ...(isUnsent ? { data: { isUnsent } } : {}) });
}

/** The same end, to a request that was sent: the upstream may have begun with it. */
export function asBegun(failure: AppError): AppError {
  return isUnsent(failure) ? gone(failure.message) : failure;
}

/** Whether the request may be sent once more without doing anything twice. */
export function isUnsent(error: unknown): boolean {
  return AppError.is(error) && error.data?.['isUnsent'] === true;
}

/** The code of the upstream's own JSON-RPC error; undefined for every other failure. */
export function errorCodeOf(error: unknown): number | undefined {
  const code = AppError.is(error) && error.code === 'UPSTREAM_ERROR' ? error.data?.['upstreamCode'] : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** Why an upstream could not be opened: the end of the time that the opening has is its silence. */
export function openingFailure(failure: unknown, name: string, timeoutMs: number): AppError {
  const error = toAppError(failure, 'UPSTREAM_INVALID');
  if (error.code !== 'DEADLINE_EXCEEDED') return error;
  return new AppError('UPSTREAM_SILENT', { message: `The upstream ${name} did not finish its opening within ${timeoutMs} ms.`, cause: error });
}
