/** @module cli/commands/complete: `switchyard complete "…"`. */
import type { Command } from 'commander';
import type { Completion, CompletionRequest, ModelClient } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { action, placeOf } from '../command.ts';
import { printable, type Output } from '../output.ts';

interface CompleteOptions {
  readonly model?: string;
  readonly fallback?: string;
  readonly system?: string;
  readonly maxTokens?: string;
  readonly temperature?: string;
  readonly topP?: string;
  readonly request?: string;
}

/** Registers the command. */
export function registerComplete(program: Command): void {
  program
    .command('complete [prompt]')
    .description('Ask a model, through policy, limits and audit of this home')
    .option('--model <name>', 'alias, listed name or provider/model (default: the alias default)')
    .option('--fallback <names>', 'names to try in this order, separated by commas, instead of --model')
    .option('--system <text>', 'instructions to the model')
    .option('--max-tokens <count>', 'most tokens of the answer (default: 4096)')
    .option('--temperature <number>', '0 to 2')
    .option('--top-p <number>', '0 to 1')
    .option('--request <json>', 'the whole request as JSON instead of a prompt, - for standard input')
    .action(
      action(async (output, options, prompt: string | undefined, given: CompleteOptions) => {
        const request = await readRequest(prompt, given);
        const chain = given.fallback?.split(',').map((name) => name.trim());
        const { withModels } = await import('../../app/tasks/completion.ts');
        const leaving = new AbortController();
        process.once('SIGINT', () => leaving.abort());
        const completion = await withModels(placeOf(options), (models) => ask(models, request, chain, output), leaving.signal);
        if (output.isJson) output.result(completion, '');
        else output.note(describe(completion));
      }),
    );
}

async function ask(models: ModelClient, request: CompletionRequest, chain: readonly string[] | undefined, output: Output): Promise<Completion> {
  if (chain) {
    const completion = await models.completeWithFallback(request, chain);
    if (!output.isJson) process.stdout.write(`${printable(completion.content)}\n`);
    return completion;
  }
  if (output.isJson) return await models.complete(request);
  const pieces = models.stream(request);
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) {
      process.stdout.write('\n');
      return next.value;
    }
    process.stdout.write(printable(next.value));
  }
}

function describe({ provider, model, usage, costMicroUsd, latencyMs, isSimulated, finishReason }: Completion): string {
  const tokens = usage.totalTokens === null ? 'tokens unknown' : `${usage.promptTokens} + ${usage.completionTokens} tokens`;
  const cost = costMicroUsd === null ? 'cost unknown' : `${(costMicroUsd / 1_000_000).toFixed(6)} USD`;
  const end = finishReason === 'stop' ? '' : ` · ended by ${finishReason}`;
  return `${isSimulated ? 'SIMULATED · ' : ''}${provider}/${model} · ${tokens} · ${cost} · ${latencyMs} ms${end}`;
}

/** @throws AppError USAGE */
async function readRequest(prompt: string | undefined, given: CompleteOptions): Promise<CompletionRequest> {
  if ((prompt === undefined) === (given.request === undefined))
    throw new AppError('USAGE', { message: 'Give either a prompt or --request.', fix: 'switchyard complete "Say hello."' });
  if (given.request !== undefined) return parseRequest(given.request === '-' ? await readInput() : given.request);
  return {
    messages: [{ role: 'user', content: prompt === '-' ? await readInput() : (prompt ?? '') }],
    model: given.model,
    system: given.system,
    maxTokens: numberOf('--max-tokens', given.maxTokens),
    temperature: numberOf('--temperature', given.temperature),
    topP: numberOf('--top-p', given.topP),
  };
}

/** What is inside is checked where it is used. */
function parseRequest(json: string): CompletionRequest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new AppError('USAGE', { message: '--request is not JSON.', cause });
  }
  if (!isRequest(value))
    throw new AppError('USAGE', { message: '--request is not an object with messages.', fix: '{"messages":[{"role":"user","content":"Say hello."}]}' });
  return value;
}

function isRequest(value: unknown): value is CompletionRequest {
  return (
    isObject(value) &&
    Array.isArray(value['messages']) &&
    value['messages'].every(
      (message) => isObject(message) && typeof message['content'] === 'string' && ['system', 'user', 'assistant'].includes(String(message['role'])),
    )
  );
}

async function readInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new AppError('USAGE', { message: `${option} is not a number.` });
  return value;
}
