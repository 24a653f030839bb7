/** @module config/problem: one broken place in the configuration, and the errors made of them. */
import { AppError, type ErrorCode } from '../core/errors.ts';

/** Where a value was written. Line and column count from 1; null where there is no text (environment, command line). */
export interface Place {
  /** File as the operator named it, `environment SWITCHYARD_…`, or `command line`. */
  readonly source: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What is wrong, where, and what to do. Written for the operator: it may name files, never a value from the environment. */
export interface ConfigProblem extends Place {
  /** JSON Pointer of the key; empty = the whole file. */
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

const SHOWN_PROBLEMS = 50;

/** `switchyard.yaml:3:5`, or the source alone where there is no line. */
export function formatPlace({ source, line, column }: Place): string {
  return line === null ? source : `${source}:${line}:${column ?? 1}`;
}

/**
 * An error that names the first problem in its message and carries all (at most 50) in
 * `data.problems`. Configuration errors are for the operator's terminal and log: doors that let
 * clients trigger a reload must answer with the code alone.
 */
export function configError(code: ErrorCode, problems: readonly [ConfigProblem, ...ConfigProblem[]], cause?: unknown): AppError {
  const [first] = problems;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  return new AppError(code, {
    message: `${formatPlace(first)}: ${first.message}${more}`,
    fix: first.fix,
    data: { problems: problems.slice(0, SHOWN_PROBLEMS) },
    cause,
  });
}

/** The problems an error carries; empty for errors that are not about configuration. */
export function problemsOf(error: AppError): readonly ConfigProblem[] {
  const problems = error.data?.['problems'];
  return Array.isArray(problems) ? problems.filter(isProblem) : [];
}

function isProblem(value: unknown): value is ConfigProblem {
  return typeof value === 'object' && value !== null && 'source' in value && 'pointer' in value && 'message' in value && 'fix' in value;
}
