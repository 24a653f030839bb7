/** @module core/errors: the one error type that crosses module borders. */
import { ERRORS, type ErrorCode, type ErrorFacts } from './error-codes.ts';

export type { ErrorCode, ErrorFacts } from './error-codes.ts';
export { ERRORS } from './error-codes.ts';

const BRAND: unique symbol = Symbol.for('switchyard.AppError') as never;

/** What a thrower may add to a code. */
export interface ErrorDetail {
  /** Replaces the table's one-line cause. Shown to clients: no path of the machine, no secret, no stack. */
  readonly message?: string;
  /** Replaces the table's one-line fix. Shown to clients. */
  readonly fix?: string;
  /** Machine-readable facts, shown to clients (`data` of a JSON-RPC error). */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The error behind it. Logged, never sent. */
  readonly cause?: unknown;
}

/**
 * A failure with a stable code. Message, fix and data are written for the client; the cause is for
 * the log alone.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(detail.message ?? ERRORS[code].cause, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.fix = detail.fix ?? ERRORS[code].fix;
    this.data = detail.data;
  }

  /** The row of the table that belongs to this error's code. */
  get facts(): ErrorFacts {
    return ERRORS[this.code];
  }

  /** Whether the value is an AppError, of this or of another loaded copy of the package. */
  static is(value: unknown): value is AppError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/**
 * The value itself when it is an AppError; otherwise one with the fallback code, the value kept as
 * cause. The unknown error's message is not shown to clients.
 */
export function toAppError(value: unknown, fallback: ErrorCode = 'INTERNAL'): AppError {
  return AppError.is(value) ? value : new AppError(fallback, { cause: value });
}

/** A one-line text of an unknown thrown value, for logs. */
export function describeError(value: unknown): string {
  if (AppError.is(value)) return `${value.code}: ${value.message}`;
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
}
