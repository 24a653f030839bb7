/**
 * @module app/library: models for programs, without a gateway to set up: the one that runs in this
 * process, else one of its own that opens no door, reads the configuration as every command does, and
 * is stopped when the program has nothing more to do.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Completion, CompletionRequest, Embeddings, ModelClient, ModelsHealth, TokenCount } from '../contracts/model-client.ts';
import { AppError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { type App, createApp, getApp } from './app.ts';

let own: Promise<App> | undefined;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

async function models(): Promise<ModelClient> {
  const running = getApp();
  return await (running ?? (await (own ??= startOwn()))).models();
}

async function startOwn(): Promise<App> {
  const app = createApp({ doors: [] });
  await app.start();
  process.once('beforeExit', () => {
    own = undefined;
    void app.stop();
  });
  return app;
}

/** A whole answer. @throws AppError as ModelClient */
export async function complete(request: CompletionRequest): Promise<Completion> {
  return await (await models()).complete(request);
}

/**
 * A whole answer of the first that gives one.
 *
 * @param chain names or `provider/model`; absent = the alias `default` of the configuration
 * @throws AppError as ModelClient
 */
export async function completeWithFallback(request: Omit<CompletionRequest, 'model'>, chain?: readonly string[]): Promise<Completion> {
  return await (await models()).completeWithFallback(request, chain);
}

/** Pieces of text as they come; the return value is the whole answer. Leaving the loop cancels. @throws AppError as ModelClient */
export async function* stream(request: CompletionRequest): AsyncGenerator<string, Completion, undefined> {
  return yield* (await models()).stream(request);
}

/** Vectors in the order of the texts. @throws AppError as ModelClient */
export async function embed(request: Parameters<ModelClient['embed']>[0]): Promise<Embeddings> {
  return await (await models()).embed(request);
}

/** @throws AppError as ModelClient */
export async function countTokens(request: Parameters<ModelClient['countTokens']>[0]): Promise<TokenCount> {
  return await (await models()).countTokens(request);
}

/** Asks every configured provider. @throws AppError as ModelClient */
export async function health(): Promise<ModelsHealth> {
  return await (await models()).health();
}

/** The text of an answer to one prompt. @throws AppError as ModelClient */
export async function quickComplete(prompt: string, model?: string): Promise<string> {
  return (await complete({ model, messages: [{ role: 'user', content: prompt }] })).content;
}

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
