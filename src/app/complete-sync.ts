/** @module app/complete-sync: an answer of a model while the process stands still. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Completion, CompletionRequest } from '../contracts/model-client.ts';
import { AppError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { isObject } from '../core/json.ts';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * A whole answer while the process stands still, for scripts: it runs the command line in a process of
 * its own, with the configuration of this folder, never in a gateway of this process.
 *
 * @throws AppError as ModelClient
 */
export function completeSync(request: CompletionRequest): Completion {
  const isSource = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(isSource ? '../cli/main.ts' : '../cli/main.js', import.meta.url));
  const { stdout, stderr, error } = spawnSync(process.execPath, [program, '--json', 'complete', '--request', '-'], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: MAX_ANSWER_BYTES,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (error) throw new AppError('INTERNAL', { cause: error });
  const answer = read(stdout);
  if (isCompletion(answer)) return answer;
  const failure = read(stderr);
  throw failureOf(isObject(failure) ? failure['error'] : undefined, stderr);
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCompletion(value: unknown): value is Completion {
  return isObject(value) && typeof value['content'] === 'string' && typeof value['provider'] === 'string';
}

function failureOf(told: unknown, stderr: string): AppError {
  if (!isObject(told)) return new AppError('INTERNAL', { cause: new Error(stderr.slice(0, 2000)) });
  const { code, message, fix } = told;
  return new AppError(isErrorCode(code) ? code : 'INTERNAL', { message: String(message), fix: String(fix) });
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
