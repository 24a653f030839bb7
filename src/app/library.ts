/**
 * @module app/library: models for programs, without a gateway to set up: the one that runs in this
 * process, else one of its own that opens no door, reads the configuration as every command does, and
 * is stopped when the program has nothing more to do.
 */
import type { Completion, CompletionRequest, Embeddings, ModelClient, ModelsHealth, TokenCount } from '../contracts/model-client.ts';
import { type App, createApp, getApp } from './app.ts';

let own: Promise<App> | undefined;

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
