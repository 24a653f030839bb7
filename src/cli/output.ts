/** @module cli/output: the one way commands talk: text for people, JSON for programs, errors with their fix. */
import { formatPlace, problemsOf } from '../config/problem.ts';
import { type AppError, toAppError } from '../core/errors.ts';

/** Where a command writes. Tests hand in their own. */
export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** Output of one command. */
export interface Output {
  readonly isJson: boolean;
  /** The result: `value` as JSON with --json, else the text (a function is called only then). */
  result(value: unknown, text: string | (() => string)): void;
  /** A remark for people on stderr; nothing with --json. */
  note(text: string): void;
  /** Colours the text on a terminal, unless NO_COLOR is set. @see https://no-color.org */
  style(style: Style, text: string): string;
  /** Aligned columns; cells are cleaned of control characters. */
  table(rows: readonly (readonly string[])[]): string;
  /** Writes the failure and returns the exit code that belongs to it. */
  failure(thrown: unknown): number;
}

const PROCESS_STREAMS: Streams = { stdout: process.stdout, stderr: process.stderr, env: process.env };

/** @param isJson whether --json was given */
export function createOutput(isJson: boolean, { stdout, stderr, env }: Streams = PROCESS_STREAMS): Output {
  const hasColours = !isJson && stdout.isTTY === true && !env['NO_COLOR'];
  const style: Output['style'] = (name, text) => (hasColours ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text);
  return {
    isJson,
    style,
    result(value, text) {
      const shown = isJson ? JSON.stringify(value, null, 2) : typeof text === 'string' ? text : text();
      stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    },
    note(text) {
      if (!isJson) stderr.write(`${text}\n`);
    },
    table: (rows) => formatTable(rows),
    failure(thrown) {
      const error = toAppError(thrown);
      stderr.write(isJson ? `${JSON.stringify({ error: errorBody(error) }, null, 2)}\n` : errorText(error, style));
      return error.facts.exitCode;
    },
  };
}

function errorBody({ code, message, fix, data }: AppError): Record<string, unknown> {
  return { code, message, fix, ...(data === undefined ? {} : { data }) };
}

function errorText(error: AppError, style: Output['style']): string {
  const text = `${style('red', error.code)} ${clean(error.message)}\n  fix: ${clean(error.fix)}\n${furtherProblems(error)}`;
  // What the gateway itself did wrong is worth its detail on the operator's own terminal.
  return error.code === 'INTERNAL' && error.cause instanceof Error ? `${text}  cause: ${error.cause.stack ?? error.cause.message}\n` : text;
}

/** A broken configuration tells all of its problems at once; the first is in the message. */
function furtherProblems(error: AppError): string {
  return problemsOf(error)
    .slice(1)
    .map((problem) => `${clean(formatPlace(problem))}: ${clean(problem.message)}\n  fix: ${clean(problem.fix)}\n`)
    .join('');
}

/** What a model or a tool writes is not trusted with the terminal: control characters but newline and tab are left out. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}

/** Messages may quote files and answers of others: no control characters reach the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, ' ')));
  const widths: number[] = [];
  for (const row of clean) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return clean
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
