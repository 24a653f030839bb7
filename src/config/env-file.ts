/** @module config/env-file: the `.env` file of the current folder. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { labelOf, readBytes } from './locate.ts';
import { problemsOf, type ConfigProblem } from './problem.ts';
import { decodeSource } from './source-text.ts';

/** What the file gave. */
export interface EnvFile {
  /** Undefined when there is none, or it could not be used (a warning says so). */
  readonly path: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads `.env` as Node does (comments, quotes, `export`). Lines it does not understand are skipped:
 * the file often belongs to another program. A folder of that name (a Python environment) is none.
 * Never throws, and never changes `process.env`.
 */
export function loadEnvFile(cwd: string): EnvFile {
  const path = join(cwd, '.env');
  const label = labelOf(path, cwd);
  if (!isFile(path)) return { path: undefined, variables: {}, warnings: [] };
  try {
    const { bytes } = readBytes({ path, label });
    if (bytes.length === 0) return { path: undefined, variables: {}, warnings: [] };
    // Not imported: the start path would pay for node:util even where there is no such file.
    const { parseEnv } = process.getBuiltinModule('node:util');
    const variables = Object.fromEntries(
      Object.entries(parseEnv(decodeSource(bytes, label).text)).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return { path, variables, warnings: 'SWITCHYARD_HOME' in variables ? [homeWarning(label)] : [] };
  } catch (error) {
    if (!AppError.is(error)) throw error;
    return { path: undefined, variables: {}, warnings: problemsOf(error).map((problem) => ({ ...problem, message: `.env is ignored. ${problem.message}` })) };
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // The folder may not be entered: the search for the configuration itself says so.
    return false;
  }
}

function homeWarning(source: string): ConfigProblem {
  return {
    source,
    line: null,
    column: null,
    pointer: '',
    message: 'SWITCHYARD_HOME in .env has no effect: the home is chosen before the file is read.',
    fix: 'Set it in the environment of the process.',
  };
}
